using NodaTime;
using Npgsql;
using NpgsqlTypes;

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>Parameters whose type PostgreSQL cannot tell from a null.</summary>
internal static class SqlValue
{
    /// <summary>An instant; null stands for none.</summary>
    public static NpgsqlParameter Time(Instant? time) => new() { Value = (object?)time ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    /// <summary>Instants in order, such as the starts of days.</summary>
    public static NpgsqlParameter Times(IEnumerable<Instant> times) => new() { Value = times.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };

    /// <summary>Texts; null stands for all.</summary>
    public static NpgsqlParameter Texts(IReadOnlyCollection<string>? texts) =>
        new() { Value = texts is null ? DBNull.Value : texts.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
}

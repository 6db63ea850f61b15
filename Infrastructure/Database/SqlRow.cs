using System.Numerics;
using Npgsql;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>Reads columns of kinds that many statements have.</summary>
internal static class SqlRow
{
    /// <summary>A text; null where there is none.</summary>
    public static string? GetText(this NpgsqlDataReader rows, int column) => rows.IsDBNull(column) ? null : rows.GetString(column);

    /// <summary>A quantity, which is stored as its millionths.</summary>
    public static Quantity GetQuantity(this NpgsqlDataReader rows, int column) => new((Int128)rows.GetFieldValue<BigInteger>(column));
}

using NodaTime;
using Npgsql;
using NpgsqlTypes;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>Marks closed months whose statements may be off, in the transaction that makes them so: only those are rated again.</summary>
internal static class ClosedMonths
{
    /// <summary>Something at an instant changed: the closed months that end after it may be different, for levels last.</summary>
    public static async Task TouchAsync(NpgsqlConnection connection, int tenantId, Instant? from, CancellationToken cancel)
    {
        await using var touch = new NpgsqlCommand("UPDATE closed_period SET changed_at = now() WHERE tenant_id = $1 AND changed_at IS NULL AND ($2::timestamptz IS NULL OR ends_at > $2)", connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = (object?)from ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz } },
        };
        await touch.ExecuteNonQueryAsync(cancel);
    }
}

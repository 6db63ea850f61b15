using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Jobs;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>
/// Puts days behind past hours and months behind past days. A step moves the mark of some meters on while the tenant's writers wait; from
/// then on whoever changes an hour before the mark changes its day and month in the same transaction. Events of now touch hours alone.
/// </summary>
public sealed class RollupTiers(NpgsqlDataSource dataSource, TenantStore tenants, TimeProvider time)
{
    /// <summary>Events of yesterday often come in the first hours of today; before they did, a day is not worth a row.</summary>
    private static readonly Duration Settling = Duration.FromHours(6);
    private static readonly Duration Step = Duration.FromDays(7);

    private static readonly (RollupTier Tier, RollupTier From)[] s_made = [(RollupTier.Day, RollupTier.Hour), (RollupTier.Month, RollupTier.Day)];
    private static readonly string FillDays = Fill(RollupTier.Day, RollupTier.Hour);
    private static readonly string FillMonths = Fill(RollupTier.Month, RollupTier.Day);

    /// <summary>The job that does it.</summary>
    public Job Job => new("rollup-tiers", Duration.FromHours(1), RunAsync);

    /// <summary>Moves a tenant's meters on until all that is past and settled stands by day and month.</summary>
    /// <returns>Steps that were needed.</returns>
    public async Task<int> CatchUpAsync(int tenantId, CancellationToken cancel)
    {
        var steps = 0;
        while (await StepAsync(tenantId, cancel)) steps++;
        return steps;
    }

    private async Task<JobOutcome> RunAsync(CancellationToken cancel)
    {
        var steps = 0;
        foreach (var tenant in await tenants.ListAsync(cancel)) steps += await CatchUpAsync(tenant.Id, cancel);
        return new JobOutcome($"{steps} steps of up to a week.");
    }

    private async Task<bool> StepAsync(int tenantId, CancellationToken cancel)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await TenantLock.AloneAsync(connection, tenantId);
        if (await StoredAsync(connection, tenantId, cancel) is not var (first, last)) return false;
        var end = RollupTier.Day.StartOf(Instant.Min(last, Instant.FromDateTimeOffset(time.GetUtcNow()) - Settling));
        var behind = (await MarksAsync(connection, tenantId, cancel)).Where(m => (m.Until ?? first) < end).GroupBy(m => m.Until).MinBy(g => g.Key ?? Instant.MinValue);
        if (behind is null) return false;

        var (from, to) = (behind.Key, Instant.Min(end, RollupTier.Day.StartOf(behind.Key ?? first) + Step));
        int[] meters = [.. behind.Select(m => m.Id)];
        await FillAsync(connection, FillDays, tenantId, meters, from ?? Instant.MinValue, to, cancel);
        await FillAsync(connection, FillMonths, tenantId, meters, from is { } since ? RollupTier.Month.StartOf(since) : Instant.MinValue, RollupTier.Month.StartOf(to), cancel);
        await using (var move = new NpgsqlCommand("UPDATE meter SET tiered_until = $2 WHERE id = ANY($1)", connection) { Parameters = { new() { Value = meters }, SqlValue.Time(to) } })
            await move.ExecuteNonQueryAsync(cancel);
        await MeterCatalog.ChangedAsync(connection, tenantId, cancel);
        await transaction.CommitAsync(cancel);
        return true;
    }

    /// <summary>Makes the days and months of some rows anew, after their hours were.</summary>
    internal static async Task RemakeAsync(NpgsqlConnection connection, int tenantId, IReadOnlyCollection<RollupKey> hours, MeterSet meters, CancellationToken cancel)
    {
        foreach (var (tier, from) in s_made)
        {
            var rows = hours.Where(h => h.Hour < meters.TierEnd(h.Meter, tier)).Select(h => h with { Hour = tier.StartOf(h.Hour) }).Distinct().ToArray();
            if (rows.Length == 0) continue;
            const string Named = "unnest($2::int[], $3::smallint[], $4::text[], $5::timestamptz[], $6::timestamptz[]) u(meter, scope, key, since, until)";
            await using var batch = new NpgsqlBatch(connection);
            foreach (var sql in (string[])
            [
                $"DELETE FROM {tier.Table} r USING {Named} WHERE r.tenant_id = $1 AND r.meter_id = u.meter AND r.scope = u.scope AND r.key = u.key AND r.{tier.Column} = u.since",
                $"""
                INSERT INTO {tier.Table} (tenant_id, meter_id, scope, key, {tier.Column}, count, sum, moment, min, max)
                SELECT $1, r.meter_id, r.scope, r.key, u.since, {Sums(tier, from)}
                FROM {Named} JOIN {from.Table} r ON r.tenant_id = $1 AND r.meter_id = u.meter AND r.scope = u.scope AND r.key = u.key AND r.{from.Column} >= u.since AND r.{from.Column} < u.until
                WHERE r.count <> 0 GROUP BY 2, 3, 4, 5
                """,
            ])
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand(sql)
                {
                    Parameters =
                    {
                        new() { Value = tenantId }, new() { Value = Array.ConvertAll(rows, r => r.Meter) }, new() { Value = Array.ConvertAll(rows, r => (short)r.Scope) },
                        new() { Value = Array.ConvertAll(rows, r => r.Key) },
                        SqlValue.Times(rows.Select(r => r.Hour)),
                        SqlValue.Times(rows.Select(r => tier.Ceiling(r.Hour + Duration.FromTicks(1)))),
                    },
                });
            }
            await batch.ExecuteNonQueryAsync(cancel);
        }
    }

    /// <summary>Compares days with their hours and months with their days; differing keys are named.</summary>
    /// <returns>Rows compared.</returns>
    internal static async Task<long> CompareAsync(NpgsqlConnection connection, int tenantId, MeterSet meters, TimeRange? range, List<string> differences, CancellationToken cancel)
    {
        var names = meters.Definitions.ToDictionary(m => m.Id, m => m.Meter.Slug);
        var compared = 0L;
        foreach (var (tier, from) in s_made)
        {
            var (since, until) = range is { } part ? (tier.StartOf(part.From), tier.Ceiling(part.To)) : (Instant.MinValue, Instant.MaxValue);
            await using var select = new NpgsqlCommand($"""
                WITH made AS (
                    SELECT r.meter_id, r.scope, r.key, date_trunc('{tier.Column}', r.{from.Column}, 'UTC') AS start, {Sums(tier, from)}
                    FROM {from.Table} r JOIN meter m ON m.id = r.meter_id
                    WHERE r.tenant_id = $1 AND m.archived_at IS NULL AND r.{from.Column} < date_trunc('{tier.Column}', m.tiered_until, 'UTC') AND r.{from.Column} >= $2 AND r.{from.Column} < $3 AND r.count <> 0
                    GROUP BY 1, 2, 3, 4),
                kept AS (
                    SELECT r.meter_id, r.scope, r.key, r.{tier.Column} AS start, r.count, r.sum, r.moment, r.min, r.max
                    FROM {tier.Table} r JOIN meter m ON m.id = r.meter_id
                    WHERE r.tenant_id = $1 AND m.archived_at IS NULL AND r.{tier.Column} >= $2 AND r.{tier.Column} < $3 AND r.count <> 0)
                SELECT meter_id, scope, key, start, kept::text, made::text, kept IS DISTINCT FROM made FROM kept FULL JOIN made USING (meter_id, scope, key, start)
                """, connection)
            { Parameters = { new() { Value = tenantId }, SqlValue.Time(since), SqlValue.Time(until) } };
            await using var rows = await select.ExecuteReaderAsync(cancel);
            while (await rows.ReadAsync(cancel))
            {
                compared++;
                if (!rows.GetBoolean(6)) continue;
                var name = $"{names.GetValueOrDefault(rows.GetInt32(0), "?")} {(RollupScope)rows.GetInt16(1)} '{rows.GetString(2)}' {tier} {Rfc3339.Format(rows.GetFieldValue<Instant>(3))}";
                differences.Add($"{name}: kept {(rows.IsDBNull(4) ? "nothing" : rows.GetString(4))}; its {from}s make {(rows.IsDBNull(5) ? "nothing" : rows.GetString(5))}");
            }
        }
        return compared;
    }

    // A moment is told from the start of its own span.
    private static string Sums(RollupTier tier, RollupTier from) => $"""
        sum(r.count)::bigint AS count, sum(r.sum) AS sum,
        sum(r.moment + r.sum * (extract(epoch FROM r.{from.Column} - date_trunc('{tier.Column}', r.{from.Column}, 'UTC')) * 1000000)::numeric(30, 0)) AS moment, min(r.min) AS min, max(r.max) AS max
        """;

    private static string Fill(RollupTier tier, RollupTier from) => $"""
        INSERT INTO {tier.Table} (tenant_id, meter_id, scope, key, {tier.Column}, count, sum, moment, min, max)
        SELECT $1, r.meter_id, r.scope, r.key, date_trunc('{tier.Column}', r.{from.Column}, 'UTC'), {Sums(tier, from)}
        FROM unnest($2::int[]) m(id) CROSS JOIN generate_series(1, 3) s(scope)
        CROSS JOIN LATERAL (
            SELECT * FROM {from.Table} WHERE tenant_id = $1 AND meter_id = m.id AND scope = s.scope AND {from.Column} >= $3 AND {from.Column} < $4 AND count <> 0
            {DistributedTables.Fence}) r -- keeps the planner from reading the whole table for a week of it
        GROUP BY 2, 3, 4, 5
        """;

    private static async Task FillAsync(NpgsqlConnection connection, string sql, int tenantId, int[] meters, Instant from, Instant to, CancellationToken cancel)
    {
        if (from >= to) return;
        await using var fill = new NpgsqlCommand(sql, connection) { CommandTimeout = 600, Parameters = { new() { Value = tenantId }, new() { Value = meters }, SqlValue.Time(from), SqlValue.Time(to) } };
        await fill.ExecuteNonQueryAsync(cancel);
    }

    private static async Task<(Instant First, Instant Last)?> StoredAsync(NpgsqlConnection connection, int tenantId, CancellationToken cancel)
    {
        await using var select = new NpgsqlCommand("SELECT min(time), max(time) FROM ledger WHERE tenant_id = $1", connection) { Parameters = { new() { Value = tenantId } } };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        await rows.ReadAsync(cancel);
        return rows.IsDBNull(0) ? null : (rows.GetFieldValue<Instant>(0), rows.GetFieldValue<Instant>(1));
    }

    private static async Task<List<(int Id, Instant? Until)>> MarksAsync(NpgsqlConnection connection, int tenantId, CancellationToken cancel)
    {
        var marks = new List<(int, Instant?)>();
        await using var select = new NpgsqlCommand("SELECT id, tiered_until FROM meter WHERE tenant_id = $1 AND archived_at IS NULL AND counted_at IS NOT NULL", connection) { Parameters = { new() { Value = tenantId } } };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) marks.Add((rows.GetInt32(0), rows.IsDBNull(1) ? null : rows.GetFieldValue<Instant>(1)));
        return marks;
    }
}

using Npgsql;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>What an event costs on disk.</summary>
internal static class SizeBenchmark
{
    private const int Events = 1_000_000;

    public static async Task<Measurement> RunAsync(BenchmarkOptions options, BenchmarkDatabase database, CancellationToken cancel)
    {
        var events = options.Events ?? Events;
        await using var filled = await FilledPortal.FillAsync(database, events, cancel);
        var parts = new List<Part>();
        await using (var select = filled.DataSource.CreateCommand("""
            WITH part AS (
                SELECT w.relname::text AS name, p.relid AS oid FROM pg_class w, LATERAL (SELECT relid FROM pg_partition_tree(w.oid) UNION SELECT w.oid::regclass) p
                WHERE w.relname IN ('ledger', 'event_identity', 'rollup_hour', 'rollup_day', 'rollup_month', 'storage_event', 'storage_delta') AND w.relkind IN ('r', 'p'))
            SELECT name, 'rows', sum(pg_table_size(oid))::bigint FROM part GROUP BY 1
            UNION ALL
            SELECT name, coalesce(pg_partition_root(x.indexrelid), x.indexrelid::regclass)::text, sum(pg_relation_size(x.indexrelid))::bigint FROM part JOIN pg_index x ON x.indrelid = part.oid
            GROUP BY 1, 2 ORDER BY 1, 2
            """))
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel)) parts.Add(new Part(rows.GetString(0), rows.GetString(1), rows.GetInt64(2)));
        }
        double PerEvent(params string[] tables) => parts.Where(p => tables.Contains(p.Table)).Sum(p => p.Bytes) / (double)events;
        var (ledger, rollups, storage) = (PerEvent("ledger", "event_identity"), PerEvent("rollup_hour", "rollup_day", "rollup_month"), PerEvent("storage_event", "storage_delta"));
        var rollupRows = await filled.AskAsync<long>("SELECT (SELECT count(*) FROM rollup_hour) + (SELECT count(*) FROM rollup_day) + (SELECT count(*) FROM rollup_month)", cancel);
        var sent = await filled.AskAsync<double>("SELECT avg(octet_length(event::text))::float8 FROM ledger", cancel);
        return new Measurement(
            ledger + rollups + storage, "bytes on disk per event, indexes included", ledger, rollups / ledger, "rollups / ledger < 1 (baseline: ledger with identities; ratio: rollups / ledger)",
            filled.Checked,
            new
            {
                events,
                sentBytes = Figures.Round(sent),
                ledgerAndIdentity = Figures.Round(ledger),
                rollups = Figures.Round(rollups),
                storage = Figures.Round(storage),
                rollupRowsPerEvent = Figures.Round(rollupRows / (double)events),
                bytesPerRollupRow = Figures.Round(rollups * events / rollupRows),
                parts = parts.ToDictionary(p => p.Table + "." + p.Name, p => Figures.Round(p.Bytes / (double)events)),
            });
    }

    private sealed record Part(string Table, string Name, long Bytes);
}

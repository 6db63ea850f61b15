using Microsoft.Extensions.Logging;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Jobs;
using Prometheus;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>What Prometheus is told about how much there is: read from the database every half minute.</summary>
public sealed class StandingMetrics(NpgsqlDataSource dataSource, EventReports events, TimeProvider time, ILogger<StandingMetrics> logger)
    : RepeatedWork(TimeSpan.FromSeconds(30), "Metrics could not be read from the database", time, logger)
{
    private readonly Gauge _stored = Prometheus.Metrics.CreateGauge("openmeet_insights_events_stored", "Events in the ledger.");
    private readonly Gauge _size = Prometheus.Metrics.CreateGauge("openmeet_insights_database_size_bytes", "Size of the database.");
    private readonly Gauge _mismatches = Prometheus.Metrics.CreateGauge("openmeet_insights_recount_mismatches", "Keys that differed at the last recount.");
    private readonly Gauge _attributed = Prometheus.Metrics.CreateGauge(
        "openmeet_insights_cost_attributed_ratio", "Part of the newest month's bills that found a carrier, 0 to 1.", new GaugeConfiguration { SuppressInitialValue = true });
    private readonly Gauge _accounts = Prometheus.Metrics.CreateGauge("openmeet_insights_accounts", "Accounts by the plan that they took.", "plan");

    private const string AccountsSql = """
        SELECT plan_key, count(*) FROM (SELECT DISTINCT ON (tenant_id, account) plan_key FROM plan_assignment WHERE "from" <= now() ORDER BY tenant_id, account, "from" DESC, id DESC) a GROUP BY 1
        """;

    protected override Task TurnAsync(CancellationToken cancel) => TellAsync(cancel);

    /// <summary>Reads what there is and sets the gauges; plans that nobody has any more are taken away.</summary>
    public async Task TellAsync(CancellationToken cancel)
    {
        _stored.Set(await events.CountAsync(cancel));
        await using var size = dataSource.CreateCommand(DistributedTables.IsOn
            ? "SELECT sum(result::bigint)::bigint FROM run_command_on_all_nodes('SELECT pg_database_size(current_database())')"
            : "SELECT pg_database_size(current_database())");
        _size.Set((long)(await size.ExecuteScalarAsync(cancel))!);
        if (await FigureAsync("recount", cancel) is { } differ) _mismatches.Set(differ);
        // Without bills there is no ratio, and none is told.
        if (await FigureAsync(Costs.AttributionWatch.JobName, cancel) is { } millionths) _attributed.Set(millionths / 1_000_000d);
        else _attributed.Unpublish();
        await using var accounts = dataSource.CreateCommand(AccountsSql);
        await using var rows = await accounts.ExecuteReaderAsync(cancel);
        var plans = new Dictionary<string, long>(StringComparer.Ordinal);
        while (await rows.ReadAsync(cancel)) plans.Add(rows.GetString(0), rows.GetInt64(1));
        foreach (var left in _accounts.GetAllLabelValues().Where(l => !plans.ContainsKey(l[0])).ToList()) _accounts.RemoveLabelled(left);
        foreach (var (plan, count) in plans) _accounts.WithLabels(plan).Set(count);
    }

    private async Task<long?> FigureAsync(string job, CancellationToken cancel)
    {
        await using var select = dataSource.CreateCommand("SELECT figure FROM job_run WHERE name = $1");
        select.Parameters.Add(new NpgsqlParameter { Value = job });
        return await select.ExecuteScalarAsync(cancel) as long?;
    }
}

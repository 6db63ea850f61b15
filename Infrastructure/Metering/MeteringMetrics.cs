using OpenMeet.Insights.Domain.Metering;
using Prometheus;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>What Prometheus is told about events coming in. No tenant, user or group is ever a label.</summary>
public sealed class MeteringMetrics
{
    private static readonly string[] Areas = ["api", "db", "email", "event", "file", "group", "media", "message", "pool", "storage", "user"];

    private readonly Counter _events = Prometheus.Metrics.CreateCounter(
        "openmeet_insights_events_ingested_total", "Events by area of their type and by outcome (accepted, duplicate, conflict, invalid).", "type_area", "outcome");
    private readonly Histogram _commit = Prometheus.Metrics.CreateHistogram(
        "openmeet_insights_ingest_commit_seconds", "Time of one transaction of the ledger, commit included.",
        new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.001, 2, 14) });
    private readonly Histogram _batch = Prometheus.Metrics.CreateHistogram(
        "openmeet_insights_ingest_batch_seconds", "Time of one request with events, from its arrival to its answer.",
        new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.001, 2, 14) });
    private readonly Gauge _waiting = Prometheus.Metrics.CreateGauge("openmeet_insights_ingest_waiting_events", "Events that wait for a transaction.");
    private readonly Gauge _lag = Prometheus.Metrics.CreateGauge(
        "openmeet_insights_rollup_lag_seconds", "How long the oldest event has been waiting that is taken in and not counted yet. Rollups change in the transaction that stores it.");

    /// <summary>Every outcome is there from the beginning: what first shows up as 1 has not grown, and no alert sees it.</summary>
    public MeteringMetrics()
    {
        foreach (var area in Areas.Append("other")) _events.WithLabels(area, "accepted");
        foreach (var outcome in (string[])["duplicate", "conflict", "invalid"]) _events.WithLabels("all", outcome);
    }

    /// <summary>A transaction was committed.</summary>
    public void Committed(IReadOnlyList<AppendResult> results, IReadOnlyList<UsageEvent> stored, TimeSpan took)
    {
        foreach (var area in stored.GroupBy(e => AreaOf(e.Type))) _events.WithLabels(area.Key, "accepted").Inc(area.Count());
        var duplicates = results.Sum(r => r.Duplicates);
        var conflicts = results.Sum(r => r.Conflicts.Count);
        if (duplicates > 0) _events.WithLabels("all", "duplicate").Inc(duplicates);
        if (conflicts > 0) _events.WithLabels("all", "conflict").Inc(conflicts);
        _commit.Observe(took.TotalSeconds);
    }

    /// <summary>A request was refused for events that are not valid.</summary>
    public void Invalid(int count) => _events.WithLabels("all", "invalid").Inc(count);

    /// <summary>A request was answered.</summary>
    public void Answered(TimeSpan took) => _batch.Observe(took.TotalSeconds);

    /// <summary>What waits at the moment at which Prometheus asks, and how long the oldest of it does.</summary>
    public void Standing(long waiting, TimeSpan oldest)
    {
        _waiting.Set(waiting);
        _lag.Set(oldest.TotalSeconds);
    }

    // Types come from outside: only known areas become labels.
    private static string AreaOf(string type)
    {
        var area = type.Split('.', 2)[0];
        return Array.IndexOf(Areas, area) >= 0 ? area : "other";
    }
}

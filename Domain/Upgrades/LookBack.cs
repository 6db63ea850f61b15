using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Domain.Upgrades;

/// <summary>The time that a condition's value speaks of, as the page names it.</summary>
internal static class LookBack
{
    /// <summary>"28 daily levels", or why there is no forecast.</summary>
    internal static string FitBack(this DecisionRecord record) => record.Headline switch
    {
        { Stock: { IsFitted: true } stock } => $"last {DecisionText.Days(stock.Days)}",
        { Flow: { IsFitted: true } flow } => $"last {DecisionText.Days(flow.Days)}",
        _ => "no forecast",
    };

    /// <summary>"2026-08..2026-10": the newest replayed cycles, at most so many.</summary>
    internal static string CyclesBack(this DecisionRecord record, int most) => record.Cycles.Count switch
    {
        0 => "no complete cycle",
        1 => record.Cycles[0].Cycle,
        var count => $"{record.Cycles[Math.Max(0, count - most)].Cycle}..{record.Cycles[^1].Cycle}",
    };

    /// <summary>"2026-12..2027-02": the cycles that are forecast.</summary>
    internal static string CyclesAhead(this DecisionRecord record) =>
        record.NextCycles.Count == 0 ? "none" : $"{record.NextCycles[0].Cycle}..{record.NextCycles.Max(r => r.Cycle)}";
}

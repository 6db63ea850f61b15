using NodaTime;
using OpenMeet.Insights.Domain.Calendar;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>What all accounts together were charged over the last months, and would have been.</summary>
/// <param name="Months">How many months.</param>
/// <param name="Now">Charged.</param>
/// <param name="Draft">By the draft.</param>
public sealed record ImpactRevenue(int Months, decimal Now, decimal Draft);

/// <summary>The figures of a replay that are kept with the publishing: later they are held against what came.</summary>
/// <param name="Months">How many months were replayed.</param>
/// <param name="Accounts">On the plan.</param>
/// <param name="WithoutHistory">Of those, without a plan or any use in these months.</param>
/// <param name="PayMore">Would have paid more.</param>
/// <param name="PayLess">Would have paid less.</param>
/// <param name="CrossLimit">Would stand at a limit of the draft, and do not today.</param>
/// <param name="Revenue">Over one month, three, and all.</param>
/// <param name="Quantiles">A tenth, a half and nine tenths of the accounts with history have at most this difference a month; empty without any.</param>
public sealed record ImpactSummary(int Months, int Accounts, int WithoutHistory, int PayMore, int PayLess, int CrossLimit, IReadOnlyList<ImpactRevenue> Revenue, IReadOnlyList<decimal> Quantiles)
{
    /// <summary>What the draft would have brought in a month, on average over the replayed months.</summary>
    public decimal PerMonth => Revenue.Single(r => r.Months == Months).Draft / Months;

    /// <summary>The figures of a replay.</summary>
    public static ImpactSummary Of(Impact impact)
    {
        ArgumentNullException.ThrowIfNull(impact);
        var months = impact.Months.Count;
        var known = impact.Accounts.Where(a => a.HasHistory).Select(a => a.Difference / months).Order().ToList();
        ImpactRevenue Over(int last) => new(last, impact.Accounts.Sum(a => a.Cycles.TakeLast(last).Sum(c => c.Now)), impact.Accounts.Sum(a => a.Cycles.TakeLast(last).Sum(c => c.Draft)));
        // The nearest rank: a difference that some account really has.
        decimal Quantile(decimal share) => known[Math.Max(0, (int)Math.Ceiling(share * known.Count) - 1)];
        return new ImpactSummary(
            months, impact.Accounts.Count, impact.Accounts.Count - known.Count, impact.Accounts.Count(a => a.Difference > 0), impact.Accounts.Count(a => a.Difference < 0),
            impact.Accounts.Count(a => a.Crossings.Count > 0), [.. ((int[])[1, 3, months]).Where(m => m <= months).Distinct().Select(Over)],
            known.Count == 0 ? [] : [Quantile(0.1m), Quantile(0.5m), Quantile(0.9m)]);
    }
}

/// <summary>What came of a published version in the first whole month.</summary>
/// <param name="Month">That month.</param>
/// <param name="Accounts">Accounts on the version at its end.</param>
/// <param name="Revenue">What their statements say.</param>
/// <param name="AtLimit">Accounts at a limit of the version: levels at the month's end, amounts of the month.</param>
public sealed record PlanOutcome(BillingPeriod Month, int Accounts, decimal Revenue, int AtLimit)
{
    /// <summary>How long a version holds before its prediction is held against it.</summary>
    public static readonly Duration Patience = Duration.FromDays(30);

    /// <summary>The first whole month since an instant.</summary>
    public static BillingPeriod MonthSince(Instant since, DateTimeZone zone) => BillingPeriod.Containing(since, zone) is var running && running.Range.From == since ? running : running.Next();

    /// <summary>When the outcome is shown: thirty days after it began, and when its first whole month is over.</summary>
    public static Instant ShownFrom(Instant since, DateTimeZone zone) => Instant.Max(since + Patience, MonthSince(since, zone).Range.To);
}

using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Domain.Upgrades;

namespace OpenMeet.Insights.Tests.Upgrades;

/// <summary>A running club on 23 November 2026 with 7.84 of 10 GB, growing by 54 MB a day, and three plans.</summary>
internal static class Scenario
{
    internal const decimal GB = 1_000_000_000m;
    internal const decimal MB = 1_000_000m;
    internal static readonly Guid Id = new("2026112b-0000-7000-8000-000000000007");
    internal static readonly Instant Now = Instant.FromUtc(2026, 11, 23, 14, 10);
    internal static readonly LocalDate Today = new(2026, 11, 23);
    internal static readonly Currency Usd = new("USD");

    internal static readonly Plan Starter = MakePlan("starter", 2, 2m, 1m, 1.20m, 5 * GB);
    internal static readonly Plan Club = MakePlan("club", 3, 8m, 5m, 0.40m, 10 * GB);
    internal static readonly Plan Society = MakePlan("society", 2, 14m, 20m, 0.20m, 25 * GB);

    internal static Plan MakePlan(string key, int version, decimal fee, decimal included, decimal price, decimal? limit) =>
        new(key, version, char.ToUpperInvariant(key[0]) + key[1..], Usd, fee,
            [new PlanItem("storage", included, limit, LimitKind.Hard, new Price.PerUnit(price), 0, null)]);

    internal static EffectiveLimit LimitOf(Plan plan, OverrideLimit? own = null) => EffectiveLimit.Resolve(
        own, new PlanLimit(plan.Name, plan.Version, plan.Item("storage")?.Limit, LimitKind.Hard), null);

    internal static LimitedMeter StoredBytes(EffectiveLimit limit, decimal level, decimal perDay, int days = 90, int atLimit = 0) =>
        LimitedMeter.OfStock("storage", "storage", QuantityText.Bytes, limit, level, 0, Today,
            [.. Enumerable.Range(0, days).Select(i => new DailyValue(Today.PlusDays(i - days + 1), Math.Max(0, level - perDay * (days - 1 - i))))],
            atLimit);

    /// <summary>Twelve cycles, November 2025 to October 2026, that end at a level and grew evenly to it.</summary>
    internal static IReadOnlyList<CycleUsage> Cycles(decimal first, decimal last, int count = 12)
    {
        var cycles = new List<CycleUsage>();
        var period = new BillingPeriod(2026, 10, DateTimeZone.Utc);
        for (var i = 0; i < count; i++)
        {
            var gb = count == 1 ? last : last - (last - first) * i / (count - 1);
            cycles.Add(new CycleUsage(period, new Dictionary<string, decimal> { ["storage"] = gb }, gb * GB));
            period = period.Previous();
        }
        return cycles;
    }

    internal static DecisionInputs Runners => new(
        "group:trail-runners", "Trail Runners", Now, DateTimeZone.Utc, Club, [Starter, Club, Society], "catalogue-17",
        Cycles(1.6m, 6.1m), [StoredBytes(LimitOf(Club), 7.84m * GB, 54 * MB)], 388, [],
        [
            new Remedy("empty-bin", "Empty the bin", 0.72m * GB, Detail: "214 files deleted by members"),
            new Remedy("cap", "Cap video at 50 MB a file", 0, GrowthEffectPerDay: 16 * MB),
            new Remedy("top-up", "Top-up of 2 GB", 0, LimitEffect: 2 * GB, CostPerCycle: 3m),
        ],
        [new GrowthContributor("video", "Video of 2 events", 740 * MB, 0.49m), new GrowthContributor("photo", "Photos of 5 events", 530 * MB, 0.35m)],
        new PlatformCost("2026-10", 34.20m));
}

using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Domain.Upgrades;

/// <summary>
/// Replays the past cycles and the next three on every plan. Money comes from <see cref="StatementRating"/>, as on a statement.
/// Plans in another currency than the account's are not compared.
/// </summary>
internal sealed class PlanComparison
{
    internal const int Cycles = 12;
    internal const int Recent = 3;
    private const string Storage = "storage";
    private const decimal BytesInGB = 1_000_000_000m;

    private readonly DecisionInputs inputs;
    private readonly LocalDate today;
    private readonly BillingPeriod[] next;

    internal PlanComparison(DecisionInputs inputs)
    {
        this.inputs = inputs;
        today = inputs.ComputedAt.InZone(inputs.Zone).Date;
        var running = BillingPeriod.Containing(inputs.ComputedAt, inputs.Zone);
        next = [running.Next(), running.Next().Next(), running.Next().Next().Next()];
        Past = [.. inputs.Cycles.OrderBy(c => c.Period.Range.From).TakeLast(Cycles)];
        Compare();
    }

    /// <summary>The replayed cycles, oldest first.</summary>
    internal CycleUsage[] Past { get; }

    internal List<ReplayRow> Replay { get; } = [];

    internal List<NextCycleRow> NextCycles { get; } = [];

    /// <summary>The own plan first.</summary>
    internal List<DecisionPlan> Plans { get; } = [];

    private void Compare()
    {
        var own = inputs.Current;
        var isOffered = inputs.Offered.Any(p => SamePlan(p, own));
        Plan[] compared = [own, .. inputs.Offered.Where(p => !SamePlan(p, own) && p.Currency == own.Currency)];

        foreach (var cycle in Past)
        {
            var statements = compared.Select(p => (Plan: p, Statement: Rate(cycle.Period, p, cycle.Quantities))).ToArray();
            var least = statements.Min(s => s.Statement.Total);
            Replay.AddRange(statements.Select(s => new ReplayRow(
                cycle.Period.ToString(), s.Plan.Key, s.Plan.Version, s.Statement.Lines, s.Statement.Total, s.Statement.Total == least)));
        }

        foreach (var plan in compared)
        {
            var isOwn = ReferenceEquals(plan, own);
            var (slow, middle, fast) = (Ahead(plan, Growth.Slow), Ahead(plan, Growth.Middle), Ahead(plan, Growth.Fast));
            for (var i = 0; i < next.Length; i++)
            {
                NextCycles.Add(new NextCycleRow(
                    next[i].ToString(), plan.Key, plan.Version, new Spread(slow.Totals[i], middle.Totals[i], fast.Totals[i])));
            }
            Plans.Add(Totals(Replay, NextCycles, new DecisionPlan(
                plan.Key, plan.Version, plan.Name, isOwn, !isOwn || isOffered, plan.Fee, Limits(plan, isOwn), null, 0, 0,
                new Spread(0, 0, 0), new Spread(slow.Paused, middle.Paused, fast.Paused)), own.Key, own.Version));
        }
    }

    /// <summary>The plan's sums, from the rows alone.</summary>
    internal static DecisionPlan Totals(
        IReadOnlyList<ReplayRow> replay, IReadOnlyList<NextCycleRow> next, DecisionPlan plan, string ownKey, int ownVersion)
    {
        var rows = replay.Where(r => r.Plan == plan.Key && r.PlanVersion == plan.Version).ToArray();
        var own = replay.Where(r => r.Plan == ownKey && r.PlanVersion == ownVersion).ToDictionary(r => r.Cycle, r => r.Total);
        var ahead = next.Where(r => r.Plan == plan.Key && r.PlanVersion == plan.Version).ToArray();
        return plan with
        {
            Last3 = rows.Length < Recent ? null : rows.TakeLast(Recent).Sum(r => r.Total),
            Total = rows.Sum(r => r.Total),
            CyclesCheaper = rows.Count(r => r.Total < own[r.Cycle]),
            PaysFrom = PaysFrom(next, plan, ownKey, ownVersion),
            Next = new Spread(ahead.Sum(r => r.Total.Low), ahead.Sum(r => r.Total.Middle), ahead.Sum(r => r.Total.High)),
        };
    }

    // The first coming cycle from which the plan is cheaper by the middle forecast and stays so.
    private static string? PaysFrom(IReadOnlyList<NextCycleRow> next, DecisionPlan plan, string ownKey, int ownVersion)
    {
        if (plan.IsOwn)
        {
            return null;
        }
        string? from = null;
        foreach (var cycle in next.GroupBy(r => r.Cycle))
        {
            var own = cycle.FirstOrDefault(r => r.Plan == ownKey && r.PlanVersion == ownVersion)?.Total.Middle;
            var other = cycle.FirstOrDefault(r => r.Plan == plan.Key && r.PlanVersion == plan.Version)?.Total.Middle;
            from = other < own ? from ?? cycle.Key : null;
        }
        return from;
    }

    private static bool SamePlan(Plan a, Plan b) => a.Key == b.Key && a.Version == b.Version;

    private Statement Rate(BillingPeriod period, Plan plan, IReadOnlyDictionary<string, decimal> quantities) =>
        StatementRating.Rate(period, [new RatedSegment(period.Range, plan, quantities)], inputs.MaxMeters);

    private List<PlanMeterLimit> Limits(Plan plan, bool isOwn)
    {
        var limits = new List<PlanMeterLimit>();
        foreach (var meter in inputs.Meters)
        {
            var (limit, kind) = LimitOn(plan, isOwn, meter);
            limits.Add(Make(meter.Meter, meter.Name, meter.Unit, limit, kind, meter.Used, Reaches(meter.Stock, meter.Flow, limit)));
        }
        foreach (var item in plan.Items.Where(i => i.Limit is not null && inputs.Meters.All(m => m.Meter != i.Meter)))
        {
            limits.Add(Make(item.Meter, item.Meter, item.Meter == Storage ? QuantityText.Bytes : "", item.Limit, item.LimitKind, 0, null));
        }
        return limits;

        PlanMeterLimit Make(string meter, string name, string unit, decimal? limit, LimitKind kind, decimal used, LimitDate? when)
        {
            var most = Past.Select(c => meter == Storage ? c.PeakLevelBytes ?? 0 : c.Quantities.GetValueOrDefault(meter))
                .Append(used).Max();
            return new PlanMeterLimit(meter, name, unit, limit, kind, most, most >= limit, when);
        }
    }

    /// <summary>When a meter's forecast reaches a limit; none without a limit or a forecast.</summary>
    internal static LimitDate? Reaches(Forecast? stock, FlowForecast? flow, decimal? limit) =>
        limit is { } most ? stock?.WhenReaches(most) ?? flow?.WhenReaches(most) : null;

    // An override stays with the account whatever its plan; where a plan sets no limit, the tenant's default remains.
    private static (decimal? Limit, LimitKind Kind) LimitOn(Plan plan, bool isOwn, LimitedMeter meter)
    {
        if (isOwn || meter.Limit.Chain.Any(l => l is { Source: "override", Limit: not null }))
        {
            return (meter.Limit.Limit, meter.Limit.Kind);
        }
        if (plan.Item(meter.Meter) is { Limit: { } limit } item)
        {
            return (limit, item.LimitKind);
        }
        var fallback = meter.Limit.Chain.FirstOrDefault(l => l is { Source: "tenantDefault", Limit: not null });
        return (fallback?.Limit, fallback?.Kind ?? LimitKind.Soft);
    }

    private enum Growth
    {
        Slow,
        Middle,
        Fast,
    }

    private (decimal[] Totals, int Paused) Ahead(Plan plan, Growth growth)
    {
        var isOwn = ReferenceEquals(plan, inputs.Current);
        var paused = new HashSet<LocalDate>();
        var quantities = next.Select(_ => new Dictionary<string, decimal>()).ToArray();
        foreach (var meter in Past.TakeLast(Recent).SelectMany(c => c.Quantities.Keys).Distinct().ToArray())
        {
            var recent = Past.TakeLast(Recent).Select(c => c.Quantities.GetValueOrDefault(meter)).ToArray();
            foreach (var cycle in quantities)
            {
                cycle[meter] = growth switch
                {
                    Growth.Slow => recent.Min(),
                    Growth.Fast => recent.Max(),
                    _ => recent.Average(),
                };
            }
        }
        foreach (var meter in inputs.Meters)
        {
            var (limit, kind) = LimitOn(plan, isOwn, meter);
            var hard = kind == LimitKind.Hard ? limit : null;
            if (meter.Stock is { } stock)
            {
                AheadOfStock(meter, stock, hard, growth, quantities, paused);
            }
            else if (meter.Flow is { IsFitted: true } flow)
            {
                AheadOfFlow(meter, flow, hard, growth, quantities, paused);
            }
        }
        return ([.. next.Select((period, i) => Rate(period, plan, quantities[i]).Total)], paused.Count);
    }

    // A hard limit holds the level where it is; what is stored already stays.
    private void AheadOfStock(
        LimitedMeter meter, Forecast stock, decimal? hard, Growth growth,
        Dictionary<string, decimal>[] quantities, HashSet<LocalDate> paused)
    {
        var slope = growth switch
        {
            Growth.Slow => stock.LowSlope,
            Growth.Fast => stock.HighSlope,
            _ => stock.SlopePerDay,
        };
        var unit = meter.Unit == QuantityText.Bytes ? BytesInGB : 1;
        var ceiling = hard is { } most ? Math.Max(most, stock.Level) : decimal.MaxValue;
        foreach (var (day, days) in DaysUntil(next[^1]))
        {
            if (stock.LevelAfter(days, slope) >= hard)
            {
                paused.Add(day);
            }
        }
        for (var i = 0; i < next.Length; i++)
        {
            quantities[i][meter.Meter] = Days(next[i])
                .Average(day => Math.Min(ceiling, stock.LevelAfter(Period.DaysBetween(today, day) + 0.5m, slope))) / unit;
        }
    }

    private void AheadOfFlow(
        LimitedMeter meter, FlowForecast flow, decimal? hard, Growth growth,
        Dictionary<string, decimal>[] quantities, HashSet<LocalDate> paused)
    {
        decimal Of(decimal low, decimal middle, decimal high) => growth switch
        {
            Growth.Slow => low,
            Growth.Fast => high,
            _ => middle,
        };
        foreach (var day in flow.Ahead.Where(d => d.Day > today && Math.Max(meter.Used, Of(d.Low, d.Expected, d.High)) >= hard))
        {
            paused.Add(day.Day);
        }
        var perDay = Of(flow.Low, flow.Expected, flow.High) / Period.DaysBetween(flow.PeriodStart, flow.PeriodEnd);
        for (var i = 0; i < next.Length; i++)
        {
            var days = Days(next[i]).ToArray();
            quantities[i][meter.Meter] = Math.Min(hard ?? decimal.MaxValue, perDay * days.Length);
            foreach (var day in days.Where((_, n) => perDay * (n + 1) >= hard))
            {
                paused.Add(day);
            }
        }
    }

    private IEnumerable<(LocalDate Day, int Days)> DaysUntil(BillingPeriod last)
    {
        var end = last.Range.To.InZone(inputs.Zone).Date;
        return Enumerable.Range(1, Math.Max(0, Period.DaysBetween(today, end) - 1)).Select(n => (today.PlusDays(n), n));
    }

    private IEnumerable<LocalDate> Days(BillingPeriod period)
    {
        var from = period.Range.From.InZone(inputs.Zone).Date;
        return Enumerable.Range(0, Period.DaysBetween(from, period.Range.To.InZone(inputs.Zone).Date)).Select(from.PlusDays);
    }
}

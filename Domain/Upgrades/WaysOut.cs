using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Domain.Upgrades;

/// <summary>The ways out of a limit, free ones first, then the cheapest.</summary>
internal static class WaysOut
{
    internal static List<Alternative> Of(
        DecisionMeter? meter, IEnumerable<Remedy> remedies, IReadOnlyList<DecisionPlan> plans, Currency currency, RuleTerms terms)
    {
        if (meter is not { Limit.Limit: { } limit })
        {
            return [];
        }
        var ways = remedies.Where(r => r.Meter == meter.Meter)
            .Select(r => Renewed(meter, new Alternative(
                r.Key, r.Title, r.Detail, false, r.EffectBytes, r.GrowthEffectPerDay, r.LimitEffect, null, null, r.CostPerCycle, false, r.Touches), terms))
            .ToList();
        var own = plans.First(p => p.IsOwn);
        foreach (var plan in plans.Where(p => p is { IsOffered: true, IsOwn: false }))
        {
            var room = plan.Limits.FirstOrDefault(l => l.Meter == meter.Meter)?.Limit;
            if (room is null || room > limit)
            {
                var cost = Rounding.HalfAwayFromZero((plan.Next.Middle - own.Next.Middle) / PlanComparison.Recent, currency.MinorDigits);
                ways.Add(Renewed(meter, new Alternative(
                    $"plan:{plan.Key}@{plan.Version}", $"{plan.Name} v{plan.Version}", null, true, 0, 0, room - limit, null, null, cost, false), terms));
            }
        }
        return [.. ways.OrderBy(w => w is { IsPlan: false, CostPerCycle: 0 } ? 0 : 1).ThenBy(w => w.CostPerCycle)];
    }

    /// <summary>The way out with its date worked out from the meter's forecast.</summary>
    internal static Alternative Renewed(DecisionMeter meter, Alternative way, RuleTerms terms)
    {
        var limit = meter.Limit.Limit + way.LimitEffect;
        var when = meter.Stock is { } stock
            ? PlanComparison.Reaches(Eased(stock, way.Effect, way.GrowthEffectPerDay), null, limit)
            : PlanComparison.Reaches(null, meter.Flow, limit + way.Effect);
        return way with
        {
            When = when,
            DaysGained = when?.P50Days - meter.When?.P50Days,
            SolvesAlone = limit is null || DaysUntil(when) >= terms.SolvedDays,
        };
    }

    /// <summary>Days until a middle date; 366 where it is further off than a year or never; none where nothing can be said.</summary>
    internal static int? DaysUntil(LimitDate? when) => when switch
    {
        null or { Outcome: LimitDateOutcome.TooLittleData } => null,
        { P50Days: { } days } => days,
        _ => Forecast.Horizon + 1,
    };

    /// <summary>A forecast from a level that was lowered and with a growth that was slowed.</summary>
    internal static Forecast Eased(Forecast forecast, decimal level, decimal growth) => forecast with
    {
        Level = Math.Max(0, forecast.Level - level),
        SlopePerDay = forecast.SlopePerDay - growth,
        LowSlope = forecast.LowSlope - growth,
        HighSlope = forecast.HighSlope - growth,
    };
}

using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>One thing in which two versions differ.</summary>
/// <param name="Where">The plan itself, or a meter.</param>
/// <param name="What">Fee, included, limit, price.</param>
/// <param name="Before">In the older; null where it had nothing.</param>
/// <param name="After">In the newer; null where it has nothing any more.</param>
public sealed record PlanDifference(string Where, string What, string? Before, string? After);

/// <summary>Two versions of a plan, line by line.</summary>
internal static class PlanDifferences
{
    /// <summary>All differences; against nothing, all that the plan says.</summary>
    public static IReadOnlyList<PlanDifference> Of(Plan? before, Plan after, MeterSet meters)
    {
        var found = new List<PlanDifference>();
        Add("Plan", "Name", before?.Name, after.Name);
        Add("Plan", "Currency", before?.Currency.Code, after.Currency.Code);
        Add("Plan", "Fee a cycle", before is null ? null : Formats.Money(before.Fee, before.Currency.Code), Formats.Money(after.Fee, after.Currency.Code));
        foreach (var slug in after.Items.Concat(before?.Items ?? []).Select(i => i.Meter).Distinct(StringComparer.Ordinal))
        {
            var meter = meters.Find(slug);
            var (old, now) = (before?.Item(slug), after.Item(slug));
            string? Words(PlanItem? item, Func<PlanItem, string> words) => item is null ? null : words(item);
            Add(meter?.Meter.Name ?? slug, "Included", Words(old, i => PlanWords.Included(i, meter)), Words(now, i => PlanWords.Included(i, meter)));
            Add(meter?.Meter.Name ?? slug, "Limit", Words(old, i => PlanWords.Limit(i, meter)), Words(now, i => PlanWords.Limit(i, meter)));
            Add(meter?.Meter.Name ?? slug, "Price", Words(old, i => PlanWords.Price(i, meter, before!.Currency.Code)), Words(now, i => PlanWords.Price(i, meter, after.Currency.Code)));
        }
        return found;

        void Add(string where, string what, string? old, string? now)
        {
            if (old != now) found.Add(new PlanDifference(where, what, old, now));
        }
    }
}

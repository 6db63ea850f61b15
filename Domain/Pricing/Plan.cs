using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>One version of a plan. A published version never changes.</summary>
/// <param name="Key">Lower-case letters, digits, hyphen and underscore; at most 63.</param>
/// <param name="Version">From 1; 0 for a plan that was read and not yet numbered.</param>
/// <param name="Name">For people.</param>
/// <param name="Currency">Of the fee and of every price in it.</param>
/// <param name="Fee">For a whole period.</param>
/// <param name="Items">One per meter it says something about, in the order of its statement.</param>
public sealed record Plan(string Key, int Version, string Name, Currency Currency, decimal Fee, IReadOnlyList<PlanItem> Items)
{
    /// <summary>What the plan says about a meter, or null where it says nothing.</summary>
    public PlanItem? Item(string meter) => Items.FirstOrDefault(item => item.Meter == meter);
}

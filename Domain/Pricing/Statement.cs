using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>What an account is charged for a period.</summary>
/// <param name="Plan">The plan in force at the end of the period; null where somebody else pays.</param>
/// <param name="PlanVersion">Its version; null with it.</param>
/// <param name="Currency">Of every amount in it.</param>
/// <param name="Lines">Fees first, then meter by meter in time order.</param>
public sealed record Statement(string? Plan, int? PlanVersion, Currency Currency, IReadOnlyList<StatementLine> Lines)
{
    /// <summary>The sum of the rounded lines; never rounded itself.</summary>
    public decimal Total => Lines.Sum(line => line.Amount);
}

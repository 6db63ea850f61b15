using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Domain.Costs;

/// <summary>A bill, shared. Its rows add up to the bill exactly.</summary>
/// <param name="Idle">The pool's declared idle share, rounded once.</param>
/// <param name="Unattributed">What has no carrier.</param>
/// <param name="ByCarrier">By carrier (<c>group:chess</c>, <c>user:ann</c>); every carrier that was given, those with 0 too.</param>
public sealed record PoolShares(Amount Idle, Amount Unattributed, IReadOnlyDictionary<string, Amount> ByCarrier);

using NodaTime;
using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Domain.Costs;

/// <summary>What a unit of a meter costs the platform, from an instant until the meter's next rate.</summary>
/// <param name="Meter">The meter's slug.</param>
/// <param name="UnitCost">For one unit (storage: a GB-month), up to 12 decimals.</param>
/// <param name="From">The first instant at which it is in force.</param>
public sealed record Rate(string Meter, Amount UnitCost, Instant From);

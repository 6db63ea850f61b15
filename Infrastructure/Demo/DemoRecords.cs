using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Demo;

/// <summary>A person of the demo community; <paramref name="Key"/> is the subject of that person's events.</summary>
public sealed record DemoUser(string Key, string Name, string Email);

/// <summary>A group, owned from <paramref name="From"/> on; <paramref name="TimeZone"/> is an IANA id.</summary>
public sealed record DemoGroup(string Key, string Name, string OwnerKey, string TimeZone, Instant From);

/// <summary>A stay of one person in one group, half-open; <paramref name="Role"/> is owner, admin, moderator, member or guest.</summary>
public sealed record DemoMembership(string Group, string User, string Role, Instant From, Instant? To);

/// <summary>A plan's draft in the shape of <c>POST /api/v1/plans</c>.</summary>
public sealed record DemoPlan(string Json);

/// <summary>
/// A provider's bill in USD for the month <paramref name="Period"/> (<c>yyyy-MM</c>), shared by the meter <paramref name="Driver"/>.
/// </summary>
public sealed record DemoBill(string Name, string Period, decimal Amount, string Driver, decimal? IdlePercent);

/// <summary>What one unit of a meter costs the platform from <paramref name="From"/> on, in USD (storage: per GB-month).</summary>
public sealed record DemoRate(string Meter, decimal UnitCost, Instant From);

/// <summary>An account (<paramref name="Kind"/> is user or group) that takes a plan at <paramref name="From"/>.</summary>
public sealed record DemoAssignment(string Kind, string Key, string Plan, Instant From);

/// <summary>A limit of its own for one account; without <paramref name="ExpiresAt"/> it is permanent.</summary>
public sealed record DemoOverride(
    string Kind, string Key, string Meter, decimal Limit, string LimitKind, string Reason, Instant? ExpiresAt);

/// <summary>What a pool can hold, or give in 30 days, from <paramref name="From"/> on; an order of more takes <paramref name="LeadDays"/>.</summary>
public sealed record DemoCapacity(string Pool, decimal Capacity, int LeadDays, Instant From, string Reason);

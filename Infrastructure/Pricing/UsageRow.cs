using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>One meter of an account or carrier over a range.</summary>
/// <param name="Meter">The meter.</param>
/// <param name="Unit">The unit of value, included and over: the meter's, or GB-months for storage.</param>
/// <param name="Value">The value; null where there is none (the mean of nothing).</param>
/// <param name="Included">What the plan includes over the whole range; null where it says nothing about the meter.</param>
/// <param name="Over">What lies beyond; null with it.</param>
/// <param name="Limit">The effective limit: of the level in bytes for storage; null for none.</param>
/// <param name="LimitKind">Whether the limit stops; null without one.</param>
/// <param name="Used">What counts against the limit: the value, or the level now.</param>
/// <param name="Reserved">Live reservations.</param>
/// <param name="Remaining">Limit minus used minus reserved; null without a limit.</param>
/// <param name="State">Where it stands.</param>
/// <param name="ByteSeconds">For a level: the exact integral.</param>
/// <param name="Level">For a level: its height at the end of the range, or now.</param>
/// <param name="Reaches">When the limit is reached at the present pace; null without a limit or forecast.</param>
/// <param name="Chain">Where the limit comes from.</param>
public sealed record UsageRow(
    Meter Meter, string Unit, decimal? Value, decimal? Included, decimal? Over, decimal? Limit, LimitKind? LimitKind, decimal? Used, decimal? Reserved,
    decimal? Remaining, QuotaState State, string? ByteSeconds, decimal? Level, LimitDate? Reaches, IReadOnlyList<LimitLink> Chain);

/// <summary>A group's part of an owner's account.</summary>
public sealed record GroupUsage(string Group, string? Name, IReadOnlyList<UsageRow> Meters);

/// <summary>A member's part of a group's usage; <paramref name="User"/> is null for traffic without a user.</summary>
public sealed record MemberUsage(string? User, string? Name, IReadOnlyList<UsageRow> Meters);

/// <summary>The usage of an account over a range.</summary>
/// <param name="Account"><c>user:key</c> or <c>group:slug</c>.</param>
/// <param name="Name">For people.</param>
/// <param name="Plan">The plan that holds at the range's end; null for a group that somebody else pays for.</param>
/// <param name="PaidBy">Who pays, where it is not the account itself.</param>
/// <param name="Range">From when to when.</param>
/// <param name="CompleteTo">Every event answered by then is in.</param>
/// <param name="Meters">The account, with its limits.</param>
/// <param name="Acted">For a user: what the user did.</param>
/// <param name="Carried">What counts against the user or group as carrier.</param>
/// <param name="Groups">For a user: groups that fall to this account.</param>
/// <param name="ByMember">For a group: who did it.</param>
public sealed record AccountUsage(
    string Account, string Name, Plan? Plan, string? PaidBy, TimeRange Range, NodaTime.Instant CompleteTo, IReadOnlyList<UsageRow> Meters,
    IReadOnlyList<UsageRow> Acted, IReadOnlyList<UsageRow> Carried, IReadOnlyList<GroupUsage> Groups, IReadOnlyList<MemberUsage> ByMember);

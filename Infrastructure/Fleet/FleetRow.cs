using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Infrastructure.Fleet;

/// <summary>The fullest of an account's limits, by the use of now.</summary>
/// <param name="Meter">What is limited.</param>
/// <param name="Used">What counts against it: the level now, or the use of the running cycle.</param>
/// <param name="Reserved">What is set aside.</param>
/// <param name="Limit">The limit in force, with where it comes from.</param>
public sealed record NearestLimit(StoredMeter Meter, decimal Used, decimal Reserved, EffectiveLimit Limit)
{
    /// <summary>The part of the limit that is taken, reservations included; a limit of nothing is full.</summary>
    public decimal Share => Limit.Limit is > 0 and var most ? (Used + Reserved) / most : 1m;

    /// <summary>The state that the limit's date, where there is one, gives it.</summary>
    public QuotaState StateWith(LimitDate? reaches) => QuotaStanding.StateOf(Used, Reserved, Limit.Limit, Limit.Kind, reaches?.P50Days);
}

/// <summary>One user or group among all.</summary>
/// <param name="Account"><c>user:key</c> or <c>group:slug</c>, the present one.</param>
/// <param name="Name">For people.</param>
/// <param name="Plan">The plan now; null for a group that somebody else pays for.</param>
/// <param name="PaidBy">Who pays, where it is not the account itself.</param>
/// <param name="UnitRates">What its own use costs in the cycle, by the rates in force.</param>
/// <param name="Pools">Its share of the cycle's bills; null where there are none.</param>
/// <param name="OfGroups">The same cost (by bills where there are some) of the groups that it pays for; null where it pays for none.</param>
/// <param name="Level">Bytes held now by all that it pays for; by the group itself where somebody else pays.</param>
/// <param name="Grown">By how much that changed in the last 28 days.</param>
/// <param name="GrownBefore">By how much it changed in the 28 days before.</param>
/// <param name="Nearest">The fullest limit; null without one.</param>
/// <param name="People">A group's members; of a user, the groups that it is in.</param>
public sealed record FleetRow(
    string Account, string Name, Plan? Plan, string? PaidBy, Amount UnitRates, Amount? Pools, Amount? OfGroups, decimal Level, decimal Grown, decimal GrownBefore, NearestLimit? Nearest, int People)
{
    /// <summary>The name of who pays, for people; null where it is the account itself.</summary>
    public string? Payer { get; init; }

    /// <summary><c>user</c> or <c>group</c>.</summary>
    public string Kind => Account[..Account.IndexOf(':', StringComparison.Ordinal)];

    /// <summary>The user's key or the group's present slug.</summary>
    public string Key => Account[(Kind.Length + 1)..];

    /// <summary>The cost that the list is ordered by: its share of the bills, or, where they are not in yet, by unit rates.</summary>
    public Amount Cost => Pools ?? UnitRates;

    /// <summary>Bytes more (or less) a day, over the last 28.</summary>
    public decimal GrownPerDay => Grown / FleetReports.GrowthDays;
}

/// <summary>All accounts that match.</summary>
/// <param name="Rows">In the order asked for.</param>
/// <param name="All">How many accounts there are.</param>
/// <param name="Cycle">The month whose cost is shown.</param>
/// <param name="HasBills">Whether bills of that month were entered.</param>
/// <param name="Currency">Of all amounts.</param>
public sealed record FleetList(IReadOnlyList<FleetRow> Rows, int All, BillingPeriod Cycle, bool HasBills, Currency Currency);

/// <summary>A row with what is only worked out for the rows of a page.</summary>
/// <param name="Row">The account.</param>
/// <param name="Reaches">When its nearest limit is reached; null without a limit, or where that meter is not forecast.</param>
/// <param name="Revenue">What its plan asks for the cycle so far (the statement's total); null where somebody else pays.</param>
public sealed record FleetPageRow(FleetRow Row, LimitDate? Reaches, Amount? Revenue)
{
    /// <summary>The nearest limit's state, as the usage page has it.</summary>
    public QuotaState State => Row.Nearest?.StateWith(Reaches) ?? QuotaState.None;

    /// <summary>Revenue without the cost of all that it pays for.</summary>
    public Amount? Margin => Revenue is { } asked && asked.Currency == Row.Cost.Currency ? asked - Row.Cost - (Row.OfGroups ?? Amount.Zero(asked.Currency)) : null;
}

/// <summary>One page of accounts.</summary>
/// <param name="List">All that match.</param>
/// <param name="Rows">The page.</param>
public sealed record FleetPage(FleetList List, IReadOnlyList<FleetPageRow> Rows);

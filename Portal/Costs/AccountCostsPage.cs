using System.Globalization;
using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Costs;

/// <summary>A month's cost in the two views.</summary>
public sealed record MonthCost(BillingPeriod Period, Amount? Bills, Amount? UnitRates);

/// <summary>What a user or group costs, beside what it is charged.</summary>
/// <param name="IsGroup">Whether it is a group's page.</param>
/// <param name="Key">The user's key or the group's slug.</param>
/// <param name="Viewed">The range.</param>
/// <param name="Costs">The cost over it.</param>
/// <param name="Statement">The statement of the range's month.</param>
/// <param name="Months">The last months, oldest first.</param>
/// <param name="Daily">By day; null for too long a range.</param>
/// <param name="Active">Of a group: people who took part in the range; null where it is not asked.</param>
/// <param name="Before">The days that the range is compared with; null for no comparison.</param>
/// <param name="Marks">What the chart by day marks.</param>
public sealed record AccountCostsModel(
    bool IsGroup, string Key, ViewedRange Viewed, AccountCosts Costs, AccountStatement? Statement, IReadOnlyList<MonthCost> Months, DailyCosts? Daily, int? Active = null, CostsBefore? Before = null,
    IReadOnlyList<AccountMark>? Marks = null)
{
    /// <summary>The name of who pays, for people; null where it is the account itself.</summary>
    public string? Payer { get; init; }
}

/// <summary>What the cost pages of members and groups share.</summary>
public abstract class AccountCostsPage : LoadingPage<AccountCostsModel>
{
    private const int MonthsShown = 6;

    [SupplyParameterFromQuery]
    public string? P { get; set; }

    [SupplyParameterFromQuery]
    public string? From { get; set; }

    [SupplyParameterFromQuery]
    public string? To { get; set; }

    [SupplyParameterFromQuery]
    public string? View { get; set; }

    [SupplyParameterFromQuery]
    public string? Compare { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required CostReports Costs { get; init; }

    [Inject]
    public required StatementReports Statements { get; init; }

    [Inject]
    public required DailyCostReports Daily { get; init; }

    [Inject]
    public required AccountMarkReports Marks { get; init; }

    [Inject]
    public required MeterReports Meters { get; init; }

    [Inject]
    public required MeterCatalog Catalog { get; init; }

    [Inject]
    public required RecordingStart Recording { get; init; }

    [Inject]
    public required DirectoryReports Directory { get; init; }

    protected PageState State => PageState.Parse(P, From, To, View, Compare);

    /// <summary>Puts the model together.</summary>
    protected async Task<AccountCostsModel?> ModelAsync(Viewer viewer, bool isGroup, string key, CancellationToken cancel)
    {
        var viewed = ViewedRange.Of(State.Chosen, viewer.Tenant, Clock).Beside(State.Compared, await Recording.DayAsync(viewer.Tenant, cancel));
        Task<AccountCosts?> CostAsync(TimeRange range) => isGroup ? Costs.GroupAsync(viewer.Tenant, key, range, cancel) : Costs.UserAsync(viewer.Tenant, key, range, cancel);
        if (await CostAsync(viewer.Tenant.InOneCurrency(viewed.Range)) is not { } costs) return null;
        var month = viewed.Month(viewer.Tenant);
        var statement = isGroup ? await Statements.GroupAsync(viewer.Tenant, key, month, cancel) : await Statements.UserAsync(viewer.Tenant, key, month, cancel);
        var months = new List<MonthCost>();
        var period = BillingPeriod.Containing(Instant.FromDateTimeOffset(Clock.GetUtcNow()), viewer.Tenant.Zone);
        for (var i = 0; i < MonthsShown; i++, period = period.Previous())
        {
            var cost = period.Range == viewed.Range ? costs : await CostAsync(period.Range);
            // One chart has one currency; a month in another has no place in it.
            if (cost?.Currency != costs.Currency) cost = null;
            months.Insert(0, new MonthCost(period, cost is { Reconciliation.Bill.Value: > 0 } ? cost.PoolTotal : null, cost is { UnitRates.Count: > 0 } ? cost.UnitRateTotal : null));
        }
        var daily = await Daily.AccountAsync(viewer.Tenant, costs.Account, viewed.Range, cancel);
        var before = await CostsBefore.ReadAsync(
            viewer.Tenant, viewed, async range => (range == costs.Range ? costs : await CostAsync(range)) is { } c ? new CostViews(c.Currency, c.Reconciliation.Bill.Value > 0 ? c.PoolTotal : null, c.UnitRateTotal) : null,
            range => Daily.AccountAsync(viewer.Tenant, costs.Account, range, cancel));
        return new AccountCostsModel(isGroup, key, viewed, costs, statement, months, daily, isGroup ? await ActiveAsync(viewer.Tenant.Id, costs.Account[6..], viewed.Range, cancel) : null, before,
            await Marks.ReadAsync(viewer.Tenant, costs.Account, viewed.Range, cancel))
        {
            Payer = costs.PaidBy is { } payer ? await Directory.AccountNameAsync(viewer.Tenant.Id, payer, cancel) : null,
        };
    }

    // As the meter counts them: people who took part, in any of the group's slugs.
    private async Task<int?> ActiveAsync(int tenantId, string group, TimeRange range, CancellationToken cancel)
    {
        if ((await Catalog.GetAsync(tenantId, cancel)).Find("active_members") is not { } meter) return null;
        var filter = new Dictionary<string, IReadOnlyList<string>> { ["group"] = await Directory.SlugsAsync(tenantId, group, cancel) };
        var rows = await Meters.QueryAsync(tenantId, meter, MeterQuery.Over(range.From, range.To) with { Filter = filter }, cancel);
        return rows is [{ Exact: { } exact }] ? (int)decimal.Parse(exact, NumberStyles.Float, CultureInfo.InvariantCulture) : null;
    }
}

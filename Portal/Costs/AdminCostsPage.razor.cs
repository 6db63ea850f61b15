using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Costs;

/// <summary>What the platform costs over a range.</summary>
/// <param name="Tenant">Whose platform.</param>
/// <param name="Viewed">The range.</param>
/// <param name="Groups">Costs with the groups as carriers.</param>
/// <param name="Users">The same costs with the users as carriers.</param>
/// <param name="People">Users that are known.</param>
/// <param name="GroupPage">Which page of groups.</param>
/// <param name="UserPage">Which page of users.</param>
/// <param name="Meters">All meters.</param>
/// <param name="Rates">The rates with their history.</param>
/// <param name="Bills">The bills with their history, newest month first.</param>
/// <param name="Daily">The whole platform by day; null for too long a range.</param>
/// <param name="State">The page's state.</param>
/// <param name="Before">The days that the range is compared with; null for no comparison.</param>
public sealed record AdminCostsModel(
    Tenant Tenant, ViewedRange Viewed, PlatformCosts Groups, PlatformCosts Users, int People, int GroupPage, int UserPage, IReadOnlyList<StoredMeter> Meters,
    IReadOnlyList<UnitRate> Rates, IReadOnlyList<Bill> Bills, DailyCosts? Daily, PageState State, CostsBefore? Before = null)
{
    /// <summary>The page's own address with other pages of its tables.</summary>
    public string Address(int groups, int users) => PortalUrls.Add(
        PortalUrls.AdminCosts(State), ("groups", groups <= 1 ? null : Formats.Plain(groups)), ("users", users <= 1 ? null : Formats.Plain(users)));
}

/// <summary>The platform's costs: bills, how they are shared, and who carries them.</summary>
public sealed partial class AdminCostsPage
{
    [SupplyParameterFromQuery]
    public string? P { get; set; }

    [SupplyParameterFromQuery]
    public string? From { get; set; }

    [SupplyParameterFromQuery]
    public string? To { get; set; }

    [SupplyParameterFromQuery]
    public string? Groups { get; set; }

    [SupplyParameterFromQuery]
    public string? Users { get; set; }

    [SupplyParameterFromQuery]
    public string? View { get; set; }

    [SupplyParameterFromQuery]
    public string? Compare { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required CostReports Reports { get; init; }

    [Inject]
    public required DailyCostReports Daily { get; init; }

    [Inject]
    public required CostStore Store { get; init; }

    [Inject]
    public required FleetReports Fleet { get; init; }

    [Inject]
    public required MeterCatalog Catalog { get; init; }

    [Inject]
    public required RecordingStart Recording { get; init; }

    // The running cycle has no bills yet, so the last one stands here.
    private PageState State
    {
        get
        {
            var state = PageState.Parse(P, From, To, View, Compare);
            return P is null && state.Chosen.IsDefault ? state with { Range = RangeChoice.Last } : state;
        }
    }

    protected override async Task<AdminCostsModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.AdminAsync(cancel) is not { Tenant: var tenant }) return null;
        var viewed = ViewedRange.Of(State.Chosen, tenant, Clock).Beside(State.Compared, await Recording.DayAsync(tenant, cancel));
        var range = tenant.InOneCurrency(viewed.Range);
        var all = await Reports.PlatformAsync(tenant, range, null, acted: false, cancel);
        var before = await CostsBefore.ReadAsync(
            tenant, viewed, async days => Views(days == range ? all : await Reports.PlatformAsync(tenant, days, null, acted: false, cancel)),
            days => Daily.PlatformAsync(tenant, days, cancel));
        PlatformCosts Of(string kind) => all with { Items = [.. all.Items.Where(i => i.Account.StartsWith(kind, StringComparison.Ordinal))] };
        return new AdminCostsModel(
            tenant, viewed, Of("group:"), Of("user:"),
            await Fleet.UsersAsync(tenant.Id, cancel), ListState.Parse(null, null, Groups).Page, ListState.Parse(null, null, Users).Page,
            (await Catalog.GetAsync(tenant.Id, cancel)).All, await Store.RatesAsync(tenant.Id, cancel), await Store.BillsAsync(tenant.Id, null, replaced: true, cancel),
            await Daily.PlatformAsync(tenant, viewed.Range, cancel), State, before);
    }

    private static CostViews Views(PlatformCosts costs) => new(costs.Currency, costs.Bills.Count > 0 ? costs.Reconciliation.Bill : null, costs.UnitRates);
}

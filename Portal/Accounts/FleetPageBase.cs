using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Accounts;

/// <summary>All users or all groups.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Kind"><c>user</c> or <c>group</c>.</param>
/// <param name="Fleet">One page of them.</param>
/// <param name="List">Search, order and page.</param>
/// <param name="Month">The month whose cost is shown.</param>
/// <param name="Today">Today in the billing zone.</param>
public sealed record FleetModel(Tenant Tenant, string Kind, FleetPage Fleet, ListState List, BillingPeriod Month, LocalDate Today);

/// <summary>The list of all users, and that of all groups.</summary>
public abstract class FleetPageBase : LoadingPage<FleetModel>
{
    [SupplyParameterFromQuery]
    public string? Q { get; set; }

    [SupplyParameterFromQuery]
    public string? Sort { get; set; }

    [SupplyParameterFromQuery]
    public string? Page { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required FleetReports Reports { get; init; }

    /// <summary><c>user</c> or <c>group</c>.</summary>
    protected abstract string Kind { get; }

    protected override async Task<FleetModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.AdminAsync(cancel) is not { } viewer) return null;
        var list = ListState.Parse(Q, Sort, Page, FleetReports.Sorts);
        var month = BillingPeriod.Containing(Instant.FromDateTimeOffset(Clock.GetUtcNow()), viewer.Tenant.Zone).Previous();
        var fleet = await Reports.ListAsync(viewer.Tenant, Kind, list.Search, list.Sort, list.Skip, ListState.PageSize, month.Range, cancel);
        return new FleetModel(viewer.Tenant, Kind, fleet, list, month, viewer.Today(Clock));
    }
}

using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Metering;

/// <summary>How the API did over a range.</summary>
/// <param name="Tenant">Whose platform.</param>
/// <param name="Viewed">The range.</param>
/// <param name="Area">The area whose days are shown; null for all together.</param>
/// <param name="Api">The figures; null where the meters do not exist.</param>
public sealed record PerformanceModel(Tenant Tenant, ViewedRange Viewed, string? Area, ApiPerformance? Api);

/// <summary>How long the API takes, by area and by day, and how many requests fail.</summary>
public sealed partial class AdminPerformancePage
{
    [SupplyParameterFromQuery]
    public string? P { get; set; }

    [SupplyParameterFromQuery]
    public string? From { get; set; }

    [SupplyParameterFromQuery]
    public string? To { get; set; }

    [SupplyParameterFromQuery]
    public string? View { get; set; }

    [SupplyParameterFromQuery]
    public string? Area { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required PerformanceReports Reports { get; init; }

    private PageState State => PageState.Parse(P, From, To, View, null);

    protected override async Task<PerformanceModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.AdminAsync(cancel) is not { Tenant: var tenant }) return null;
        var viewed = ViewedRange.Of(State.Chosen, tenant, Clock);
        var area = string.IsNullOrEmpty(Area) ? null : Area;
        return new PerformanceModel(tenant, viewed, area, await Reports.PlatformAsync(tenant.Id, viewed.Range, tenant.Zone, area, cancel));
    }
}

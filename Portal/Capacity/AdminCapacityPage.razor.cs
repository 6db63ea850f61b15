using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Capacity;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Capacity;

/// <summary>How full the platform is.</summary>
/// <param name="Tenant">Whose platform.</param>
/// <param name="Pools">Every pool.</param>
/// <param name="Entries">Capacities with their history, the latest to begin first.</param>
/// <param name="Today">Today in the billing zone.</param>
public sealed record CapacityModel(Tenant Tenant, IReadOnlyList<PoolStanding> Pools, IReadOnlyList<PoolCapacity> Entries, LocalDate Today);

/// <summary>What the platform can run out of: how full, how much is promised, when to order.</summary>
public sealed partial class AdminCapacityPage : LoadingPage<CapacityModel>
{
    /// <summary>Of the present pace in percent, for "what if".</summary>
    [SupplyParameterFromQuery]
    public string? Pace { get; set; }

    /// <summary>More capacity in percent, for "what if".</summary>
    [SupplyParameterFromQuery]
    public string? More { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required CapacityReports Reports { get; init; }

    [Inject]
    public required CapacityStore Store { get; init; }

    protected override async Task<CapacityModel?> ReadAsync(CancellationToken cancel) => await Access.AdminAsync(cancel) is { Tenant: var tenant } viewer
        ? new CapacityModel(tenant, await Reports.ReadAsync(tenant, cancel), await Store.ListAsync(tenant.Id, cancel), viewer.Today(Clock)) : null;
}

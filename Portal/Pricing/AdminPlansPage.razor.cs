using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>All plans with their versions.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Plans">Every version, by key and newest first.</param>
/// <param name="Accounts">How many accounts are on a version now.</param>
/// <param name="Meters">The meters that items name.</param>
public sealed record PlansModel(Tenant Tenant, IReadOnlyList<PlanState> Plans, IReadOnlyDictionary<(string Key, int Version), int> Accounts, MeterSet Meters)
{
    /// <summary>Accounts that were put on a version and are on it now.</summary>
    public int On(PlanState plan) => Accounts.GetValueOrDefault((plan.Plan.Key, plan.Plan.Version));
}

/// <summary>Every plan with its newest version.</summary>
public sealed partial class AdminPlansPage
{
    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required PlanStore Store { get; init; }

    [Inject]
    public required MeterCatalog Catalog { get; init; }

    protected override async Task<PlansModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.AdminAsync(cancel) is not { Tenant: var tenant } viewer) return null;
        return new PlansModel(tenant, await Store.ListAsync(tenant.Id, cancel), await Store.AccountsAsync(tenant.Id, viewer.Actor(Clock).At, cancel), await Catalog.GetAsync(tenant.Id, cancel));
    }
}

using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>One plan: the version that is shown beside the one before it.</summary>
public sealed record PlanModel(PlansModel All, IReadOnlyList<PlanState> Versions, PlanState Shown, PlanState? Before, PlanPrediction? Prediction = null, PlanOutcome? Outcome = null)
{
    /// <summary>The newest version, where it is a draft.</summary>
    public PlanState? Draft => Versions[0].Status == "draft" ? Versions[0] : null;
}

/// <summary>One plan's versions, and what came of them.</summary>
public sealed partial class AdminPlanPage
{
    [Parameter]
    public required string Key { get; set; }

    [SupplyParameterFromQuery]
    public int? Version { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required PlanStore Store { get; init; }

    [Inject]
    public required PlanImpact Impact { get; init; }

    [Inject]
    public required MeterCatalog Catalog { get; init; }

    protected override async Task<PlanModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.AdminAsync(cancel) is not { Tenant: var tenant } viewer) return null;
        var all = new PlansModel(tenant, await Store.ListAsync(tenant.Id, cancel), await Store.AccountsAsync(tenant.Id, viewer.Actor(Clock).At, cancel), await Catalog.GetAsync(tenant.Id, cancel));
        var versions = all.Plans.Where(p => p.Plan.Key == Key).ToList();
        if (versions.Count == 0 || (Version is null ? versions[0] : versions.Find(v => v.Plan.Version == Version)) is not { } shown) return null;
        var prediction = await Store.PredictionAsync(tenant.Id, Key, shown.Plan.Version, cancel);
        var outcome = prediction is not null && PlanOutcome.ShownFrom(prediction.Since, tenant.Zone) <= viewer.Actor(Clock).At ? await Impact.OutcomeAsync(tenant, shown.Plan, prediction.Since, cancel) : null;
        return new PlanModel(all, versions, shown, versions.Find(v => v.Plan.Version == shown.Plan.Version - 1), prediction, outcome);
    }
}

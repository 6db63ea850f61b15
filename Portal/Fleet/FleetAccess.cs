using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Fleet;

/// <summary>All accounts that match.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Fleet">One page of them.</param>
/// <param name="State">What the URL says.</param>
/// <param name="Plans">Names of all plans by their keys.</param>
/// <param name="Today">Today in the billing zone.</param>
/// <param name="Running">The running month.</param>
public sealed record FleetModel(Tenant Tenant, FleetPage Fleet, FleetState State, IReadOnlyDictionary<string, string> Plans, LocalDate Today, BillingPeriod Running);

/// <summary>Reads the list of accounts for the page and for its file: one way, so that both have the same rights and the same rows.</summary>
public sealed class FleetAccess(PageAccess access, FleetReports reports, Infrastructure.Pricing.PlanStore plans, TimeProvider time)
{
    /// <summary>A page with dates and revenue; null for who is no administrator.</summary>
    public async Task<FleetModel?> PageAsync(FleetState state, CancellationToken cancel)
    {
        if (await access.AdminAsync(cancel) is not { Tenant: var tenant } viewer) return null;
        var running = Running(tenant);
        var page = await reports.PageAsync(tenant, state.Filter, state.List.Sort, state.List.Skip, ListState.PageSize, Cycle(state, running, tenant), cancel);
        var names = (await plans.ListAsync(tenant.Id, cancel)).GroupBy(p => p.Plan.Key).ToDictionary(g => g.Key, g => g.First().Plan.Name, StringComparer.Ordinal);
        return new FleetModel(tenant, page, state, names, viewer.Today(time), running);
    }

    /// <summary>All that match, with dates and revenue; null for who is no administrator.</summary>
    public async Task<FleetPage?> AllAsync(FleetState state, CancellationToken cancel) => await access.AdminAsync(cancel) is { Tenant: var tenant }
        ? await reports.PageAsync(tenant, state.Filter, state.List.Sort, 0, int.MaxValue, Cycle(state, Running(tenant), tenant), cancel) : null;

    private BillingPeriod Running(Tenant tenant) => BillingPeriod.Containing(Instant.FromDateTimeOffset(time.GetUtcNow()), tenant.Zone);

    private static BillingPeriod Cycle(FleetState state, BillingPeriod running, Tenant tenant) =>
        BillingPeriod.TryParse(state.Period, tenant.Zone, out var named) && named.Year >= 2000 && named.Range.From <= running.Range.From ? named : running;
}

using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Fleet;

/// <summary>Reads what the pages of bulk actions show; null for who is no administrator.</summary>
public sealed class BulkAccess(PageAccess access, FleetReports fleet, BulkReports bulk, PlanStore plans, MeterCatalog catalog, BulkSettings settings, TimeProvider time)
{
    /// <summary>What a new one is chosen from.</summary>
    public async Task<BulkNewModel?> NewAsync(FleetState selected, CancellationToken cancel)
    {
        if (await access.AdminAsync(cancel) is not { Tenant: var tenant }) return null;
        var cycle = BillingPeriod.Containing(Instant.FromDateTimeOffset(time.GetUtcNow()), tenant.Zone);
        var next = cycle.Range.To;
        var known = await plans.ListAsync(tenant.Id, cancel);
        var offered = known.Where(p => p.Status == "published" && p.EffectiveFrom <= next && p.Plan.Currency.Code == tenant.CurrencyAt(next)).GroupBy(p => p.Plan.Key).Select(g => g.MaxBy(p => p.Plan.Version)!.Plan);
        return new BulkNewModel(
            tenant, selected, (await fleet.ListAsync(tenant, selected.Filter, "name", cycle, cancel)).Rows.Count, [.. (await catalog.GetAsync(tenant.Id, cancel)).All.Where(m => m.Meter.IsPriceable && m.IsWhole)],
            [.. offered.OrderBy(p => p.Fee).ThenBy(p => p.Key, StringComparer.Ordinal)], next, Names(known));
    }

    /// <summary>One with a page of its accounts; null also where there is none of that number.</summary>
    public async Task<BulkModel?> FindAsync(long id, string? show, ListState list, CancellationToken cancel)
    {
        if (await access.AdminAsync(cancel) is not { Tenant: var tenant } viewer) return null;
        BulkResult? result = Enum.TryParse<BulkResult>(show, ignoreCase: true, out var named) ? named : null;
        if (await bulk.FindAsync(tenant.Id, id, result, show == "over", list.Skip, ListState.PageSize, cancel) is not { } state) return null;
        var meter = state.Action.Meter is { } slug ? (await catalog.GetAsync(tenant.Id, cancel)).Find(slug) : null;
        return new BulkModel(
            tenant, state, list, result is null && show != "over" ? null : show, meter, settings.ApprovalAbove, string.Equals(state.Action.CreatedBy, viewer.Email, StringComparison.OrdinalIgnoreCase),
            Names(await plans.ListAsync(tenant.Id, cancel)));
    }

    /// <summary>The newest hundred.</summary>
    public async Task<BulksModel?> ListAsync(CancellationToken cancel) => await access.AdminAsync(cancel) is { Tenant: var tenant }
        ? new BulksModel(tenant, await bulk.ListAsync(tenant.Id, 100, cancel), Names(await plans.ListAsync(tenant.Id, cancel)), await catalog.GetAsync(tenant.Id, cancel)) : null;

    private static Dictionary<string, string> Names(IReadOnlyList<PlanState> known) => known.GroupBy(p => p.Plan.Key).ToDictionary(g => g.Key, g => g.First().Plan.Name, StringComparer.Ordinal);
}

using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Directory;

/// <summary>What holds for the whole community, now and from the coming month on.</summary>
/// <param name="Tenant">The community.</param>
/// <param name="Now">When it was read.</param>
/// <param name="Plans">Keys of published plans: one of them may be the default.</param>
public sealed record SettingsModel(Tenant Tenant, Instant Now, IReadOnlyList<string> Plans)
{
    /// <summary>The terms of now.</summary>
    public TenantTerms Terms => Tenant.TermsAt(Now);

    /// <summary>When a change would begin.</summary>
    public LocalDate NextMonth => BillingPeriod.Containing(Now, Tenant.Zone).Range.To.InZone(Tenant.Zone).Date;
}

/// <summary>Currency, billing zone, attribution and default plan of the community.</summary>
public sealed partial class AdminSettingsPage
{
    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required TenantStore Tenants { get; init; }

    [Inject]
    public required PlanStore Plans { get; init; }

    protected override async Task<SettingsModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.AdminAsync(cancel) is not { } viewer) return null;
        var plans = await Plans.ListAsync(viewer.Tenant.Id, cancel);
        return new SettingsModel(
            await Tenants.GetAsync(viewer.Tenant.Id, cancel), viewer.Actor(Clock).At,
            [.. plans.Where(p => p.Status == "published").Select(p => p.Plan.Key).Append("free").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
    }
}

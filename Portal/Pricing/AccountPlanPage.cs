using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>An account's plan beside the others that are offered.</summary>
/// <param name="Usage">The account with its limits.</param>
/// <param name="Offered">Plans that one can take now.</param>
/// <param name="Meters">The meters that plans name.</param>
/// <param name="Currency">Of all prices.</param>
/// <param name="Why">Where the decision about the account stands.</param>
public sealed record AccountPlanModel(AccountUsage Usage, IReadOnlyList<Plan> Offered, MeterSet Meters, string Currency, string Why);

/// <summary>What the plan pages of members and groups share.</summary>
public abstract class AccountPlanPage : LoadingPage<AccountPlanModel>
{
    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required UsageReports Reports { get; init; }

    [Inject]
    public required PlanStore Plans { get; init; }

    [Inject]
    public required MeterCatalog Catalog { get; init; }

    /// <summary>Puts the model together for the running month.</summary>
    protected async Task<AccountPlanModel?> ModelAsync(Viewer viewer, string? group, string why, CancellationToken cancel)
    {
        var now = Instant.FromDateTimeOffset(Clock.GetUtcNow());
        var range = BillingPeriod.Containing(now, viewer.Tenant.Zone).Range;
        var usage = group is null
            ? viewer.UserKey is null ? null : await Reports.UserAsync(viewer.Tenant, viewer.UserKey, range, cancel)
            : await Reports.GroupAsync(viewer.Tenant, group, range, byMember: false, cancel);
        if (usage is null) return null;
        var offered = (await Plans.ListAsync(viewer.Tenant.Id, cancel)).Where(p => p.Status == "published" && p.EffectiveFrom <= now)
            .GroupBy(p => p.Plan.Key).Select(g => g.MaxBy(p => p.Plan.Version)!.Plan).OrderBy(p => p.Fee).ThenBy(p => p.Key, StringComparer.Ordinal).ToList();
        return new AccountPlanModel(usage, offered, await Catalog.GetAsync(viewer.Tenant.Id, cancel), viewer.Tenant.CurrencyAt(now), why);
    }
}

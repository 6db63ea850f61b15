using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Accounts;

/// <summary>One user or group, with all that an administrator asks about it.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Kind"><c>user</c> or <c>group</c>.</param>
/// <param name="Key">Its key.</param>
/// <param name="Viewed">The range.</param>
/// <param name="Usage">Its use with limits.</param>
/// <param name="Statement">What it owes for the month.</param>
/// <param name="Costs">What it costs the platform.</param>
/// <param name="Plans">Plans that are offered now.</param>
/// <param name="Members">Of a group: its people.</param>
/// <param name="Today">Today in the billing zone.</param>
public sealed record AccountModel(
    Tenant Tenant, string Kind, string Key, ViewedRange Viewed, AccountUsage Usage, AccountStatement? Statement, AccountCosts? Costs, IReadOnlyList<Plan> Plans,
    IReadOnlyList<(string User, string Name, string Role, Instant Since)> Members, LocalDate Today)
{
    /// <summary>The name of who pays, for people; null where it is the account itself.</summary>
    public string? Payer { get; init; }
}

/// <summary>The page of one user, and that of one group.</summary>
public abstract class AccountPageBase : LoadingPage<AccountModel>
{
    [Parameter]
    public required string Key { get; set; }

    [SupplyParameterFromQuery]
    public string? P { get; set; }

    [SupplyParameterFromQuery]
    public string? From { get; set; }

    [SupplyParameterFromQuery]
    public string? To { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required UsageReports Usage { get; init; }

    [Inject]
    public required StatementReports Statements { get; init; }

    [Inject]
    public required CostReports Costs { get; init; }

    [Inject]
    public required PlanStore Plans { get; init; }

    [Inject]
    public required DirectoryReports Directory { get; init; }

    /// <summary><c>user</c> or <c>group</c>.</summary>
    protected abstract string Kind { get; }

    protected override async Task<AccountModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.AdminAsync(cancel) is not { Tenant: var tenant } viewer) return null;
        var viewed = ViewedRange.Of(RangeChoice.Parse(P, From, To), tenant, Clock);
        var group = Kind == "group";
        var usage = group ? await Usage.GroupAsync(tenant, Key, viewed.Range, byMember: false, cancel) : await Usage.UserAsync(tenant, Key, viewed.Range, cancel);
        if (usage is null) return null;
        var month = viewed.Month(tenant);
        var now = Instant.FromDateTimeOffset(Clock.GetUtcNow());
        var key = usage.Account[(Kind.Length + 1)..];
        var offered = (await Plans.ListAsync(tenant.Id, cancel)).Where(p => p.Status == "published" && p.EffectiveFrom <= now).GroupBy(p => p.Plan.Key).Select(g => g.MaxBy(p => p.Plan.Version)!.Plan);
        return new AccountModel(
            tenant, Kind, key, viewed, usage,
            group ? await Statements.GroupAsync(tenant, key, month, cancel) : await Statements.UserAsync(tenant, key, month, cancel),
            group ? await Costs.GroupAsync(tenant, key, tenant.InOneCurrency(viewed.Range), cancel) : await Costs.UserAsync(tenant, key, tenant.InOneCurrency(viewed.Range), cancel),
            [.. offered.OrderBy(p => p.Fee).ThenBy(p => p.Key, StringComparer.Ordinal)], group ? await Directory.MembersAsync(tenant.Id, key, cancel) : [], viewer.Today(Clock))
        {
            Payer = usage.PaidBy is { } payer ? await Directory.AccountNameAsync(tenant.Id, payer, cancel) : null,
        };
    }
}

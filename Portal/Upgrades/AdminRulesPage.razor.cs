using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Upgrades;

/// <summary>The versions of the rule.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Applied">The version that asks, or that is switched off.</param>
/// <param name="Rules">All versions, newest first.</param>
/// <param name="Now">Now.</param>
public sealed record RulesModel(Tenant Tenant, AppliedRule Applied, IReadOnlyList<RuleFigures> Rules, Instant Now);

/// <summary>A version that somebody moves.</summary>
public sealed record RuleMove(int Version, string State, string Reason);

/// <summary>The rule by version: what it would ask, asks, and asked, and how often that was right.</summary>
public sealed partial class AdminRulesPage
{
    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required UpgradeRules Rules { get; init; }

    [Inject]
    public required RuleReports Reports { get; init; }

    private string? Done { get; set; }

    private string? Fault { get; set; }

    protected override async Task<RulesModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.AdminAsync(cancel) is not { Tenant: var tenant } viewer) return null;
        var now = viewer.Actor(Clock).At;
        return new RulesModel(tenant, await Rules.AppliedAsync(tenant.Id, cancel), await Reports.ListAsync(tenant, now, cancel), now);
    }

    private async Task MoveAsync(RuleMove move)
    {
        (Done, Fault) = (null, null);
        if (string.IsNullOrWhiteSpace(move.Reason)) Fault = "Say why; it is kept in the audit log.";
        else if (await Access.AdminAsync(default) is { } viewer)
        {
            var (moved, refused) = await Rules.MoveAsync(viewer.Tenant, move.Version, move.State, move.Reason.Trim(), viewer.Actor(Clock), default);
            if (moved is null) Fault = refused ?? "There is no such version.";
            else Done = $"Version {moved.Version} is {Words(moved.State)}.";
        }
        await ReloadAsync();
    }

    private async Task ReplayAsync(int version)
    {
        if (await Access.AdminAsync(default) is not { } viewer) return;
        await Rules.ReplayAsync(viewer.Tenant, version, viewer.Actor(Clock), default);
        (Done, Fault) = ($"Version {version} is being run on the past months; look again in a minute.", null);
        await ReloadAsync();
    }

    private async Task SavedAsync(string done)
    {
        (Done, Fault) = (done, null);
        await ReloadAsync();
    }

    internal static string Words(string state) => state switch
    {
        "draft" => "a draft",
        "shadow" => "in the shadow: it decides beside the live one and asks nobody",
        "live" => "live: it asks",
        _ => "off",
    };
}

using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Quotas;
using OpenMeet.Insights.Portal.Accounts;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Quotas;

/// <summary>An override that holds, with what stands behind it.</summary>
/// <param name="Override">The override.</param>
/// <param name="Standing">Use now, and the limits with and without it.</param>
public sealed record HeldOverride(QuotaOverride Override, OverrideStanding Standing);

/// <summary>All overrides.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Held">Those that hold now, the next to end first.</param>
/// <param name="Past">Those that ended or expired, newest first.</param>
/// <param name="Meters">The meters that can be limited.</param>
/// <param name="Names">Names of accounts; those without one are absent.</param>
/// <param name="Now">Now.</param>
public sealed record OverridesModel(
    Tenant Tenant, IReadOnlyList<HeldOverride> Held, IReadOnlyList<QuotaOverride> Past, IReadOnlyList<StoredMeter> Meters, IReadOnlyDictionary<string, string> Names, Instant Now)
{
    /// <summary>An account as people know it.</summary>
    public string Called(string account) => AccountParts.Called(account, Names);

    /// <summary>What is said once an override is saved.</summary>
    public string Saved(QuotaOverride one) =>
        $"Saved: {Called(one.Account)} has {QuantityText.Of(one.Limit, UnitOf(one.Meter))} of {NameOf(one.Meter).ToLowerInvariant()}, {(one.ExpiresAt is { } end ? "until " + Formats.Date(end.InZone(Tenant.Zone).Date) : "permanently")}.";

    /// <summary>What is said once an override is ended.</summary>
    public string Ended(QuotaOverride one) => $"Ended: the {NameOf(one.Meter).ToLowerInvariant()} limit of {Called(one.Account)}.";

    /// <summary>Whether the last change of one can still be taken back: within ten minutes, and while none is newer.</summary>
    public bool CanUndo(QuotaOverride one) => one.CanUndo(Now) && !Held.Select(h => h.Override).Concat(Past).Any(o => o.Account == one.Account && o.Meter == one.Meter && o.Id > one.Id);

    /// <summary>Whether a newer one took its place.</summary>
    public bool IsReplaced(QuotaOverride one) => Held.Select(h => h.Override).Concat(Past).Any(o => o.Account == one.Account && o.Meter == one.Meter && o.Id > one.Id && o.CreatedAt == one.EndedAt);

    /// <summary>A meter's unit; empty for one that is gone.</summary>
    public string UnitOf(string meter) => Meters.FirstOrDefault(m => m.Meter.Slug == meter)?.Meter.Unit ?? "";

    /// <summary>A meter's name.</summary>
    public string NameOf(string meter) => Meters.FirstOrDefault(m => m.Meter.Slug == meter)?.Meter.Name ?? meter;
}

/// <summary>The register of limits that people gave to single accounts.</summary>
public sealed partial class AdminOverridesPage
{
    private QuotaOverride? _changed;
    private string? _done;

    /// <summary>The account that the form starts with.</summary>
    [SupplyParameterFromQuery]
    public string? Account { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required OverrideStore Store { get; init; }

    [Inject]
    public required MeterCatalog Catalog { get; init; }

    [Inject]
    public required DirectoryReports Directory { get; init; }

    protected override async Task<OverridesModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.AdminAsync(cancel) is not { Tenant: var tenant } viewer) return null;
        var now = viewer.Actor(Clock).At;
        var all = await Store.ListAsync(tenant.Id, cancel);
        // Of several to one account and meter the newest holds.
        var held = all.Where(o => o.HoldsAt(now)).GroupBy(o => (o.Account, o.Meter)).Select(g => g.MaxBy(o => o.Id)!)
            .OrderBy(o => o.ExpiresAt ?? Instant.MaxValue).ThenBy(o => o.Account, StringComparer.Ordinal).ToList();
        var standings = new List<HeldOverride>();
        foreach (var one in held) standings.Add(new HeldOverride(one, await Store.StandingAsync(tenant, one.Account, one.Meter, cancel)));
        var names = await Directory.AccountNamesAsync(tenant.Id, all.Select(o => o.Account).Concat(standings.Select(s => s.Standing.Payer).OfType<string>()), cancel);
        return new OverridesModel(tenant, standings, [.. all.Except(held)], [.. (await Catalog.GetAsync(tenant.Id, cancel)).All.Where(m => m.Meter.IsPriceable)], names, now);
    }

    private async Task SavedAsync(QuotaOverride saved)
    {
        // Its name is known once it stands in the register.
        await ReloadAsync();
        (_done, _changed) = (Model!.Saved(saved), saved);
    }

    private async Task EndAsync(QuotaOverride standing)
    {
        if (await Access.AdminAsync(default) is not { } viewer) return;
        await Store.EndAsync(viewer.Tenant.Id, standing.Id, viewer.Actor(Clock), default);
        (_done, _changed) = (Model!.Ended(standing), standing);
        await ReloadAsync();
    }

    private async Task UndoAsync(QuotaOverride changed)
    {
        if (await Access.AdminAsync(default) is not { } viewer) return;
        _done = await Store.UndoAsync(viewer.Tenant.Id, changed.Id, viewer.Actor(Clock), default) switch
        {
            UndoOutcome.Undone => "Taken back: it is as it was before.",
            UndoOutcome.Superseded => "A newer override has taken its place; nothing was changed.",
            UndoOutcome.TooLate => "Ten minutes have passed; nothing was changed.",
            _ => "It is gone; nothing was changed.",
        };
        _changed = null;
        await ReloadAsync();
    }
}

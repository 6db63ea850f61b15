using System.Globalization;
using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Infrastructure.Delivery;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Webhooks;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Alerts;

/// <summary>The rules of an account, or of all, with what they told.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Account"><c>user:key</c> or <c>group:slug</c>; null for all.</param>
/// <param name="SeesMoney">Whether rules about money are shown and can be made.</param>
/// <param name="Recipient">The viewer, as alerts name people.</param>
/// <param name="Rules">Rules with what stands now.</param>
/// <param name="Told">One page of what was told.</param>
/// <param name="Found">All that was told.</param>
/// <param name="List">Which page.</param>
/// <param name="Meters">Meters that can be watched.</param>
/// <param name="Currency">Of all money now.</param>
/// <param name="Quiet">The viewer's quiet hours.</param>
/// <param name="MailIsSetUp">Whether mail can be sent.</param>
/// <param name="Endpoints">The tenant's endpoints that take alerts.</param>
/// <param name="Address">The page's address; with a rule's number, that rule in the form.</param>
public sealed record AlertsModel(
    Tenant Tenant, string? Account, bool SeesMoney, string Recipient, IReadOnlyList<StandingRule> Rules, IReadOnlyList<ToldAlert> Told, int Found, ListState List,
    MeterSet Meters, string Currency, QuietHours? Quiet, bool MailIsSetUp, int Endpoints, Func<long?, string> Address)
{
    /// <summary>Whether it is a group's, whose community can be watched.</summary>
    public bool HasCommunity => Account?.StartsWith("user:", StringComparison.Ordinal) != true;
}

/// <summary>What the pages of alerts share: one's own, a group's, and all.</summary>
public abstract class AlertsPage : LoadingPage<AlertsModel>
{
    /// <summary>The rule that is in the form.</summary>
    [SupplyParameterFromQuery]
    public string? Edit { get; set; }

    [SupplyParameterFromQuery]
    public string? Page { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required AlertReports Reports { get; init; }

    [Inject]
    public required AlertStore Store { get; init; }

    [Inject]
    public required AlertTests Tests { get; init; }

    [Inject]
    public required MeterCatalog Catalog { get; init; }

    [Inject]
    public required WebhookStore Webhooks { get; init; }

    [Inject]
    public required Mailer Mailer { get; init; }

    /// <summary>What was done last, in a sentence.</summary>
    protected string? Done { get; private set; }

    /// <summary>What a test came to.</summary>
    protected ToldAlert? Tried { get; private set; }

    /// <summary>The rule that is in the form; null for a new one.</summary>
    protected StoredAlertRule? Editing =>
        long.TryParse(Edit, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? Model?.Rules.FirstOrDefault(r => r.Stored.Id == id)?.Stored : null;

    /// <summary>The viewer, where that person may now see and set this page's rules; with money, those about money too.</summary>
    protected abstract Task<Viewer?> MayAsync(bool money, CancellationToken cancel);

    /// <summary>The account of the page; null for all.</summary>
    protected abstract Task<string?> AccountAsync(Viewer viewer, CancellationToken cancel);

    /// <summary>The page's address.</summary>
    protected abstract string Address(long? edit);

    protected override async Task<AlertsModel?> ReadAsync(CancellationToken cancel)
    {
        if (await MayAsync(money: false, cancel) is not { } viewer) return null;
        var seesMoney = await MayAsync(money: true, cancel) is not null;
        var (tenant, account) = (viewer.Tenant, await AccountAsync(viewer, cancel));
        var scope = new AlertScope(tenant.Id, account, seesMoney);
        var list = ListState.Parse(null, null, Page);
        var rules = await Reports.RulesAsync(tenant, scope, cancel);
        var (told, found) = await Reports.HistoryAsync(scope, list.Skip, ListState.PageSize, cancel);
        return new AlertsModel(
            tenant, account, seesMoney, viewer.Recipient, rules, told, found, list, await Catalog.GetAsync(tenant.Id, cancel), tenant.CurrencyAt(viewer.Actor(Clock).At),
            await Reports.QuietAsync(tenant.Id, viewer.Recipient, cancel), Mailer.IsConfigured,
            (await Webhooks.ListAsync(tenant.Id, cancel)).Count(w => w.DisabledAt is null && w.Events.Contains(EventTypes.AlertFired)), Address);
    }

    protected override void Forget() => (Done, Tried) = (null, null);

    protected async Task SavedAsync(string done)
    {
        (Done, Tried) = (done, null);
        if (Edit is not null) Navigation.NavigateTo(Address(null));
        else await ReloadAsync();
    }

    protected async Task EndAsync(StandingRule rule)
    {
        (Done, Tried) = (null, null);
        if (await MayAsync(rule.Stored.Rule.IsMoney, default) is { } viewer && IsOfPage(rule.Stored, await AccountAsync(viewer, default))
            && await Store.EndAsync(viewer.Tenant.Id, rule.Stored.Account, rule.Stored.Id, viewer.Actor(Clock), default))
            Done = Words.Say("Ended: {0}. Its history stays.", AlertWords.Rule(rule));
        await ReloadAsync();
    }

    protected async Task TestAsync(StandingRule rule)
    {
        (Done, Tried) = (null, null);
        if (await MayAsync(rule.Stored.Rule.IsMoney, default) is { } viewer && IsOfPage(rule.Stored, await AccountAsync(viewer, default)))
        {
            Tried = await Tests.RunAsync(viewer.Tenant, rule.Stored.Account, rule.Stored.Id, viewer.Actor(Clock), default);
            if (Tried is null) Done = Words.Say("Nobody decides about this account now, so nobody can be told.");
        }
        await ReloadAsync();
    }

    private static bool IsOfPage(StoredAlertRule rule, string? account) => account is null || rule.Account == account;
}

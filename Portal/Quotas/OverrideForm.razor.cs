using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Quotas;
using OpenMeet.Insights.Portal.Accounts;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Quotas;

/// <summary>Takes in an override: first what would happen, then the saving.</summary>
public sealed partial class OverrideForm
{
    private static readonly Dictionary<string, string> Labels = new()
    {
        ["key"] = "Key",
        ["meter"] = "Meter",
        ["limit"] = "New limit",
        ["limitKind"] = "At the limit",
        ["reason"] = "Reason",
        ["expires"] = "Ends on",
    };

    private Preview? _preview;
    private string _kind = "group";
    private string? _key;
    private string _meter = "";
    private string? _limit;
    private string _limitKind = "";
    private DateOnly? _expires;
    private bool _permanent;
    private string? _reason;
    private string? _started;

    [Parameter, EditorRequired]
    public required OverridesModel Model { get; set; }

    /// <summary>The account that the form starts with: <c>group:slug</c>.</summary>
    [Parameter]
    public string? Account { get; set; }

    /// <summary>Called with what was saved.</summary>
    [Parameter]
    public EventCallback<QuotaOverride> OnSaved { get; set; }

    [Inject]
    public required OverrideStore Store { get; init; }

    [Inject]
    public required DirectoryReports Directory { get; init; }

    private sealed record Preview(string Account, string Name, string? Payer, string Meter, string Unit, decimal Limit, string Kind, Instant? Expires, string Reason, OverrideStanding Standing)
    {
        public OverrideEffect Effect => Standing.EffectOf(Limit, QuotaLimits.KindOf(Kind), Unit);
    }

    private static string LimitText(EffectiveLimit limit, string unit) => limit.Limit is { } most
        ? $"{QuantityText.Of(most, unit)} ({limit.Chain.First(l => l.Applies).Description})" : "no limit";

    private static string AtEnd(Preview preview)
    {
        var without = preview.Standing.Without;
        if (preview.Payer is { } payer) return $"The limits of {payer} hold, which pays for it.";
        var over = preview.Standing.EffectOf(without.Limit, without.Kind, preview.Unit).AccountsOver;
        return $"Back to {LimitText(without, preview.Unit)}: by the use of now {(over is null ? "nobody can say who would be over" : over == 0 ? "no account would be over" : "1 account would be over")}.";
    }

    protected override void OnParametersSet()
    {
        if (Account is not { } account || account == _started || account.IndexOf(':', StringComparison.Ordinal) is not (> 0 and var colon)) return;
        _started = account;
        (_kind, _key, _preview) = (account[..colon] == "user" ? "user" : "group", account[(colon + 1)..], null);
    }

    private async Task PreviewAsync()
    {
        Faults = [];
        _preview = null;
        var input = FormInput.Of(Faults, ("key", _key), ("meter", _meter), ("limit", _limit), ("limitKind", _limitKind), ("reason", _reason), ("expires", _permanent ? null : FormInput.Text(_expires)));
        var key = input.Key("key", required: true);
        var meter = input.Text("meter", required: true);
        var unit = meter is null ? "" : Model.UnitOf(meter);
        var limit = input.Number("limit", required: true, least: 0);
        var kind = input.OneOf("limitKind", true, "soft", "hard");
        var reason = input.Text("reason", required: true, most: 500);
        var expires = input.End("expires", Model.Tenant, _permanent, Instant.FromDateTimeOffset(Clock.GetUtcNow()));
        if (key is not null && !await Directory.KnowsAsync(Model.Tenant.Id, _kind, key, default)) input.Fault("key", "unknown", $"No {_kind} with the key '{key}' was ever seen.");
        if (Faults.Count > 0) return;
        var account = $"{_kind}:{(_kind == "group" ? await Directory.PresentSlugAsync(Model.Tenant.Id, key!, default) : key)}";
        var standing = await Store.StandingAsync(Model.Tenant, account, meter!, default);
        var names = await Directory.AccountNamesAsync(Model.Tenant.Id, standing.Payer is { } pays ? [account, pays] : [account], default);
        _preview = new Preview(account, AccountParts.Called(account, names), standing.Payer is { } payer ? AccountParts.Called(payer, names) : null, meter!, unit, FormInput.InUnit(limit!.Value, unit), kind!, expires, reason!, standing);
    }

    private async Task GiveAsync()
    {
        if (_preview is not { } wanted) return;
        Faults = [];
        await SaveAsync(async viewer =>
        {
            var actor = viewer.Actor(Clock);
            var saved = await Store.SetAsync(new QuotaOverride
            {
                TenantId = Model.Tenant.Id,
                Account = wanted.Account,
                Meter = wanted.Meter,
                Limit = wanted.Limit,
                LimitKind = wanted.Kind,
                Reason = wanted.Reason,
                ExpiresAt = wanted.Expires,
                CreatedAt = actor.At,
                CreatedBy = actor.Name,
            }, actor, default);
            (_preview, _key, _limit, _reason, _expires, _permanent) = (null, null, null, null, null, false);
            await OnSaved.InvokeAsync(saved);
        });
    }
}

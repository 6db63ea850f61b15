using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Webhooks;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Alerts;

/// <summary>Takes in a rule, with the faults that the API would name.</summary>
public sealed partial class AlertForm
{
    private const decimal Gigabyte = 1_000_000_000m;

    private static Dictionary<string, string> Labels => new()
    {
        ["account"] = Words.Say("Account"),
        ["subject"] = Words.Say("Watch"),
        ["meter"] = Words.Say("Meter"),
        ["metric"] = Words.Say("Figure"),
        ["amount"] = Words.Say("Amount a month"),
        ["thresholds"] = Words.Say("Thresholds"),
        ["forecast"] = Words.Say("Also when it is forecast"),
        ["webhookUrl"] = Words.Say("Own address"),
    };

    private List<InputFault> _faults = [];
    private string? _account;
    private string _subject = "share";
    private string _meter = "";
    private string _metric = "active_members";
    private string _direction = "below";
    private string _money = "cost";
    private string? _amount;
    private string? _thresholds = "75, 90, 100";
    private bool _forecast;
    private bool _mail;
    private bool _webhook;
    private string? _url;
    private string? _secret;
    private bool _busy;

    [Parameter, EditorRequired]
    public required AlertsModel Model { get; set; }

    /// <summary>The rule that is changed; null for a new one.</summary>
    [Parameter]
    public StoredAlertRule? Editing { get; set; }

    /// <summary>The viewer, where that person may set rules here now; with true, rules about money.</summary>
    [Parameter, EditorRequired]
    public required Func<bool, CancellationToken, Task<Viewer?>> GuardAsync { get; set; }

    /// <summary>Called with what was saved.</summary>
    [Parameter]
    public EventCallback<string> OnSaved { get; set; }

    [Inject]
    public required AlertStore Store { get; init; }

    [Inject]
    public required WebhookTargets Targets { get; init; }

    [Inject]
    public required DirectoryReports Directory { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    private IEnumerable<Meter> Meters => Model.Meters.All.Select(m => m.Meter).Where(m => _subject == "value" ? m.IsRolledUp : m.IsPriceable);

    private bool IsInGigabytes => _subject == "value" && Model.Meters.Find(_meter)?.Meter.Unit == Formats.BytesUnit;

    private string ThresholdLabel => _subject switch
    {
        "share" or "budget" => Words.Say("Thresholds, %"),
        "forecast" => Words.Say("Days ahead"),
        "cost" => Words.Say("Amounts, {0}", Model.Currency),
        _ => Words.Say("Thresholds"),
    };

    private string ThresholdNote => _subject == "value" ? Words.Say("With commas; bytes in GB (10^9 bytes).") : Words.Say("With commas between them.");

    protected override void OnInitialized()
    {
        if (Editing is not { } rule) return;
        (_account, _subject, _meter, _metric) = (rule.Account, rule.Subject.ToString().ToLowerInvariant(), rule.Meter ?? "", rule.Metric ?? _metric);
        (_direction, _money, _forecast) = (rule.Below ? "below" : "above", rule.Money == AlertMoney.Charge ? "charge" : "cost", rule.WithForecast);
        (_mail, _webhook, _url) = (rule.Mail, rule.Webhook, rule.WebhookUrl);
        _amount = rule.Amount is { } amount ? Wire.Number(amount) : null;
        _thresholds = string.Join(", ", rule.Thresholds.Select(t => Wire.Number(IsInGigabytes ? t / Gigabyte : t)));
    }

    private void Choose(string subject)
    {
        _subject = subject;
        _thresholds = subject switch
        {
            "share" or "budget" => "75, 90, 100",
            "forecast" => "14",
            _ => null,
        };
    }

    private async Task SaveAsync()
    {
        if (_busy) return;
        _busy = true;
        (_faults, _secret) = ([], null);
        try
        {
            if (await GuardAsync(_subject is "cost" or "budget" || Editing?.Rule.IsMoney == true, default) is not { } viewer)
            {
                _faults.Add(new InputFault("", "forbidden", Words.Say("You may not set such a rule here (any more). Nothing was saved.")));
                return;
            }
            var input = Input();
            var account = Model.Account ?? Editing?.Account ?? await AlertEndpoints.AccountAsync(input, Model.Tenant.Id, Directory, default);
            if (await AlertInput.ReadAsync(input, account ?? "", Model.Meters, Targets, default) is not { } draft || account is null) return;
            var saved = Editing is { } old
                ? await Store.ChangeAsync(viewer.Tenant.Id, old.Id, draft, viewer.Actor(Clock), default)
                : await Store.AddAsync(viewer.Tenant.Id, draft, viewer.Recipient, viewer.Actor(Clock), default);
            if (saved is not var (rule, secret))
            {
                _faults.Add(new InputFault("", "gone", Words.Say("The rule was ended by somebody else. Nothing was saved.")));
                return;
            }
            _secret = secret;
            if (Editing is null) (_meter, _amount, _url) = ("", null, null);
            // The secret is shown in this form, so the form stays.
            if (Editing is null || secret is null) await OnSaved.InvokeAsync(Words.Say("Saved: the rule is looked at within {0} minutes.", Formats.Number(AlertEvaluation.EveryMinutes)));
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or Microsoft.EntityFrameworkCore.DbUpdateException || PostgresErrors.IsUnavailable(e))
        {
            _faults.Add(new InputFault("", "failed", Words.Say("It could not be saved. Nothing was changed; please try again.")));
        }
        finally
        {
            _busy = false;
        }
    }

    private BodyInput Input()
    {
        var fields = new Dictionary<string, object> { ["subject"] = _subject, ["forecast"] = _forecast && _subject == "budget", ["mail"] = _mail, ["webhook"] = _webhook, ["direction"] = _direction, ["money"] = _money, ["metric"] = _metric };
        void Add(string name, string? text)
        {
            if (!string.IsNullOrWhiteSpace(text)) fields[name] = text.Trim();
        }
        Add("account", _account);
        Add("meter", _meter);
        Add("amount", _amount);
        Add("webhookUrl", _url);
        var numbers = (_thresholds ?? "").Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries).Select(t =>
            IsInGigabytes && decimal.TryParse(t, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var gigabytes) && gigabytes <= 1_000_000m ? Wire.Number(gigabytes * Gigabyte) : t).ToArray();
        fields["thresholds"] = numbers;
        return new BodyInput(JsonSerializer.SerializeToElement(fields), _faults);
    }
}

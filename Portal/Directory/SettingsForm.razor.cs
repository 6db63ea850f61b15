using System.Globalization;
using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Directory;

/// <summary>Changes the community's settings.</summary>
public sealed partial class SettingsForm
{
    private static readonly Dictionary<string, string> Labels = new()
    {
        ["name"] = "Name",
        ["currency"] = "Currency",
        ["billingTimeZone"] = "Billing zone",
        ["splitPercent"] = "The group's part, %",
    };

    private SettingsModel? _started;
    private string? _name;
    private string? _currency;
    private string? _zone;
    private string? _attribution;
    private string? _split;
    private string? _plan;
    private string? _done;

    [Parameter, EditorRequired]
    public required SettingsModel Model { get; set; }

    [Parameter]
    public EventCallback OnSaved { get; set; }

    [Inject]
    public required TenantStore Store { get; init; }

    /// <summary>A policy in words.</summary>
    internal static string Meaning(string attribution, decimal? splitPercent) => attribution switch
    {
        "uploader-carries" => "the member, else the group",
        "split" => splitPercent is { } percent ? $"the group {Formats.Number(percent, 4)} %, the member the rest" : "both, by a percentage",
        _ => "the group, else the member",
    };

    protected override void OnParametersSet()
    {
        if (_started == Model) return;
        _started = Model;
        var terms = Model.Tenant.ComingAfter(Model.Now) ?? Model.Terms;
        (_name, _plan, _currency, _zone, _attribution, _split) = (
            Model.Tenant.Name, Model.Tenant.DefaultPlan, terms.Currency, terms.BillingTimeZone, terms.Attribution, terms.SplitPercent?.ToString(CultureInfo.InvariantCulture));
    }

    private async Task ChangeAsync()
    {
        (Faults, _done) = ([], null);
        await SaveAsync(async viewer =>
        {
            var actor = viewer.Actor(Clock);
            var input = FormInput.Of(
                Faults, ("name", _name), ("currency", _currency?.Trim().ToUpperInvariant()), ("billingTimeZone", _zone), ("attribution", _attribution),
                ("splitPercent", _attribution == "split" ? _split : null), ("defaultPlan", _plan));
            var change = input.ReadTenant(viewer.Tenant, actor.At);
            if (Faults.Count > 0) return;
            var changed = await Store.ChangeAsync(viewer.Tenant.Id, change, actor, default);
            _done = changed.ComingAfter(actor.At) is { From: { } from } ? $"Saved. The new terms begin on {Formats.DateTime(from, changed.Zone)}." : "Saved.";
            await OnSaved.InvokeAsync();
        });
    }
}

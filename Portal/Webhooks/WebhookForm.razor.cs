using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Infrastructure.Delivery;
using OpenMeet.Insights.Infrastructure.Webhooks;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Webhooks;

/// <summary>Adds an endpoint and shows its secret once.</summary>
public sealed partial class WebhookForm
{
    private static readonly Dictionary<string, string> Labels = new() { ["url"] = "Address", ["description"] = "Description", ["events"] = "Events" };

    private readonly HashSet<string> _events = [.. EventTypes.All];
    private string? _url;
    private string? _description;
    private string? _secret;
    private string? _made;

    [Parameter, EditorRequired]
    public required WebhooksModel Model { get; set; }

    [Parameter]
    public EventCallback OnAdded { get; set; }

    [Inject]
    public required WebhookStore Store { get; init; }

    [Inject]
    public required WebhookTargets Targets { get; init; }

    private void Choose(string type, bool chosen)
    {
        if (chosen) _events.Add(type);
        else _events.Remove(type);
    }

    private async Task AddAsync()
    {
        (Faults, _secret) = ([], null);
        await SaveAsync(async viewer =>
        {
            var fields = new Dictionary<string, object> { ["events"] = EventTypes.All.Where(_events.Contains).ToArray() };
            if (!string.IsNullOrWhiteSpace(_url)) fields["url"] = _url.Trim();
            if (!string.IsNullOrWhiteSpace(_description)) fields["description"] = _description.Trim();
            if (await WebhookInput.ReadAsync(new BodyInput(JsonSerializer.SerializeToElement(fields), Faults), Targets, default) is not { } wanted) return;
            (_, _secret) = await Store.AddAsync(viewer.Tenant.Id, wanted.Url, wanted.Events, wanted.Description, viewer.Actor(Clock), default);
            (_made, _url, _description) = (wanted.Url, null, null);
            await OnAdded.InvokeAsync();
        });
    }
}

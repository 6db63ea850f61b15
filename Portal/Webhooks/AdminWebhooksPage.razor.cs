using System.Globalization;
using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Webhooks;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Webhooks;

/// <summary>The tenant's webhooks.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Endpoints">All that were not removed.</param>
/// <param name="Chosen">The one whose deliveries are shown.</param>
/// <param name="Deliveries">Its newest messages.</param>
public sealed record WebhooksModel(Tenant Tenant, IReadOnlyList<WebhookEndpoint> Endpoints, WebhookEndpoint? Chosen, IReadOnlyList<WebhookDelivery> Deliveries);

/// <summary>Whom the platform tells what happens.</summary>
public sealed partial class AdminWebhooksPage
{
    private const int Shown = 50;
    private string? _done;

    /// <summary>The endpoint whose deliveries are shown.</summary>
    [SupplyParameterFromQuery]
    public string? Endpoint { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required WebhookStore Store { get; init; }

    protected override async Task<WebhooksModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.AdminAsync(cancel) is not { Tenant: var tenant }) return null;
        var endpoints = await Store.ListAsync(tenant.Id, cancel);
        var chosen = long.TryParse(Endpoint, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? endpoints.FirstOrDefault(w => w.Id == id) : null;
        return new WebhooksModel(tenant, endpoints, chosen, chosen is null ? [] : await Store.DeliveriesAsync(tenant.Id, chosen.Id, null, Shown, cancel) ?? []);
    }

    private async Task TestAsync(WebhookEndpoint endpoint)
    {
        _done = null;
        if (await Access.AdminAsync(default) is { } viewer && await Store.TestAsync(viewer.Tenant.Id, endpoint.Id, viewer.Actor(Clock), default) is { } sent)
            _done = $"Test of {endpoint.Url}: {sent.Message.Outcome ?? "on its way."}";
        await ReloadAsync();
    }

    private async Task RemoveAsync(WebhookEndpoint endpoint)
    {
        _done = null;
        if (await Access.AdminAsync(default) is { } viewer && await Store.RemoveAsync(viewer.Tenant.Id, endpoint.Id, viewer.Actor(Clock), default)) _done = $"Removed: {endpoint.Url}. What waits for it is not delivered.";
        await ReloadAsync();
    }

    private async Task ResendAsync(WebhookDelivery delivery)
    {
        _done = null;
        if (await Access.AdminAsync(default) is { } viewer && await Store.ResendAsync(viewer.Tenant.Id, delivery.Message.Id, viewer.Actor(Clock), default) is { } sent)
            _done = $"Sent again: {sent.Message.Outcome ?? "on its way."}";
        await ReloadAsync();
    }
}

using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Delivery;

namespace OpenMeet.Insights.Infrastructure.Webhooks;

/// <summary>One message to an endpoint with its attempts, newest first.</summary>
public sealed record WebhookDelivery(OutgoingMessage Message, IReadOnlyList<DeliveryAttempt> Attempts);

/// <summary>Adds and removes a tenant's endpoints, and reads what was delivered to them.</summary>
public sealed class WebhookStore(IDbContextFactory<InsightsDbContext> contexts, WebhookSecrets secrets, Deliveries deliveries)
{
    /// <summary>Endpoints that were not removed, oldest first.</summary>
    public async Task<IReadOnlyList<WebhookEndpoint>> ListAsync(int tenantId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.WebhookEndpoints.AsNoTracking().Where(w => w.TenantId == tenantId && w.RemovedAt == null).OrderBy(w => w.Id).ToListAsync(cancel);
    }

    /// <summary>Adds an endpoint whose address was checked. The second value is its secret, told only now.</summary>
    public async Task<(WebhookEndpoint Endpoint, string Secret)> AddAsync(int tenantId, string url, IReadOnlyList<string> events, string? description, Actor actor, CancellationToken cancel)
    {
        var (secret, stored) = secrets.Create();
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var endpoint = new WebhookEndpoint
        {
            TenantId = tenantId,
            Url = url,
            Events = [.. events],
            Description = description,
            Secret = stored,
            CreatedAt = actor.At,
            CreatedBy = actor.Name,
        };
        db.WebhookEndpoints.Add(endpoint);
        db.Note(tenantId, actor, "webhook.added", "webhook:" + url, null, AuditLog.ToJson(new { url, events, description }));
        await db.SaveChangesAsync(cancel);
        return (endpoint, secret);
    }

    /// <summary>Removes an endpoint; what waits for it is not delivered. False where there is none.</summary>
    public async Task<bool> RemoveAsync(int tenantId, long id, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.WebhookEndpoints.SingleOrDefaultAsync(w => w.TenantId == tenantId && w.Id == id && w.RemovedAt == null, cancel) is not { } endpoint) return false;
        endpoint.RemovedAt = actor.At;
        db.Note(tenantId, actor, "webhook.removed", "webhook:" + endpoint.Url, AuditLog.ToJson(new { url = endpoint.Url, events = endpoint.Events }), null);
        await db.SaveChangesAsync(cancel);
        return true;
    }

    /// <summary>Sends a marked test event to one endpoint and says what it answered; null where there is none.</summary>
    public async Task<WebhookDelivery?> TestAsync(int tenantId, long id, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.WebhookEndpoints.AsNoTracking().SingleOrDefaultAsync(w => w.TenantId == tenantId && w.Id == id && w.RemovedAt == null, cancel) is not { } endpoint) return null;
        var announced = db.Announce(tenantId, EventTypes.AlertFired, new { test = true, title = "Test message", detail = "Nothing has happened: somebody tries this webhook out." }, actor.At);
        announced.SpreadAt = actor.At;
        var message = Deliveries.Message(announced, endpoint, actor.At);
        db.OutgoingMessages.Add(message);
        db.Note(tenantId, actor, "webhook.tested", "webhook:" + endpoint.Url, null, null);
        await db.SaveChangesAsync(cancel);
        await deliveries.SendNowAsync(message.Id, cancel);
        return await FindAsync(db, tenantId, message.Id, cancel);
    }

    /// <summary>The deliveries of an endpoint, newest first; null where the endpoint is unknown. A removed one still has its log.</summary>
    public async Task<IReadOnlyList<WebhookDelivery>?> DeliveriesAsync(int tenantId, long id, Guid? before, int take, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (!await db.WebhookEndpoints.AnyAsync(w => w.TenantId == tenantId && w.Id == id, cancel)) return null;
        var messages = await db.OutgoingMessages.AsNoTracking().Where(m => m.TenantId == tenantId && m.EndpointId == id && (before == null || m.Id < before))
            .OrderByDescending(m => m.Id).Take(take).ToListAsync(cancel);
        var ids = messages.ConvertAll(m => m.Id);
        var attempts = (await db.DeliveryAttempts.AsNoTracking().Where(a => a.TenantId == tenantId && ids.Contains(a.MessageId)).OrderByDescending(a => a.Id).ToListAsync(cancel)).ToLookup(a => a.MessageId);
        return messages.ConvertAll(m => new WebhookDelivery(m, [.. attempts[m.Id]]));
    }

    /// <summary>Sends a message again, under the same id, and tries anew for a day where it fails; null where there is none.</summary>
    public async Task<WebhookDelivery?> ResendAsync(int tenantId, Guid id, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.OutgoingMessages.SingleOrDefaultAsync(m => m.TenantId == tenantId && m.Id == id && m.EndpointId != null, cancel) is not { } message) return null;
        (message.NextAt, message.Attempts, message.State) = (actor.At, 0, "waiting");
        db.Note(tenantId, actor, "webhook.resent", "message:" + id, null, null);
        await db.SaveChangesAsync(cancel);
        await deliveries.SendNowAsync(id, cancel);
        return await FindAsync(db, tenantId, id, cancel);
    }

    private static async Task<WebhookDelivery> FindAsync(InsightsDbContext db, int tenantId, Guid id, CancellationToken cancel) => new(
        await db.OutgoingMessages.AsNoTracking().SingleAsync(m => m.TenantId == tenantId && m.Id == id, cancel),
        await db.DeliveryAttempts.AsNoTracking().Where(a => a.TenantId == tenantId && a.MessageId == id).OrderByDescending(a => a.Id).ToListAsync(cancel));
}

using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Webhooks;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Jobs;
using OpenMeet.Insights.Infrastructure.Webhooks;

namespace OpenMeet.Insights.Infrastructure.Delivery;

/// <summary>
/// Sends what is due. A message is taken for some minutes before it is sent, so that no other portal sends it too; where its portal dies,
/// it is sent again under the same id.
/// </summary>
public sealed class Deliveries(IDbContextFactory<InsightsDbContext> contexts, Mailer mailer, WebhookSender sender, WebhookSecrets secrets, DeliveryMetrics metrics, TimeProvider time)
{
    // Sent in less time than they are taken for, even where nobody answers.
    private const int Batch = 40;
    private const int AtOnce = 8;
    private static readonly Duration Taken = Duration.FromMinutes(2);
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(30);

    /// <summary>The job that does it.</summary>
    public Job Job => new("deliveries", Duration.FromSeconds(1), RunAsync, IsPrompt: true);

    /// <summary>Sends what is due now; what is left after half a minute waits for the next turn, so that other jobs have theirs.</summary>
    public async Task<JobOutcome> RunAsync(CancellationToken cancel)
    {
        var (tried, watch) = (0, Stopwatch.StartNew());
        await SpreadAsync(cancel);
        List<OutgoingMessage> due;
        do
        {
            due = await TakeAsync(cancel);
            await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, async (message, stop) => await SendAsync(message, stop));
            tried += due.Count;
        }
        while (due.Count == Batch && watch.Elapsed < Turn);
        return new JobOutcome($"{tried} messages tried.", tried);
    }

    /// <summary>Tries one message that is due; null where it is not, or where somebody else is at it.</summary>
    public async Task<DeliveryResult?> SendNowAsync(Guid id, CancellationToken cancel)
    {
        var now = Now();
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.OutgoingMessages.Where(m => m.Id == id && m.NextAt <= now).ExecuteUpdateAsync(m => m.SetProperty(x => x.NextAt, now + Taken), cancel) == 0) return null;
        return await SendAsync(await db.OutgoingMessages.AsNoTracking().SingleAsync(m => m.Id == id, cancel), cancel);
    }

    /// <summary>Makes one message of each event for every endpoint that wants it now.</summary>
    public async Task SpreadAsync(CancellationToken cancel)
    {
        var now = Now();
        await using var db = await contexts.CreateDbContextAsync(cancel);
        foreach (var id in await db.OutgoingEvents.Where(e => e.SpreadAt == null && e.NotBefore <= now).OrderBy(e => e.NotBefore).Take(Batch).Select(e => e.Id).ToListAsync(cancel))
        {
            db.ChangeTracker.Clear();
            await using var transaction = await db.Database.BeginTransactionAsync(cancel);
            var announced = await db.OutgoingEvents.FromSql($"SELECT * FROM outgoing_event WHERE id = {id} AND spread_at IS NULL FOR UPDATE SKIP LOCKED").SingleOrDefaultAsync(cancel);
            if (announced is null) continue;
            foreach (var endpoint in await db.WebhookEndpoints.AsNoTracking().Where(w => w.TenantId == announced.TenantId && w.DisabledAt == null && w.RemovedAt == null && w.Events.Contains(announced.Type)).ToListAsync(cancel))
                db.OutgoingMessages.Add(Message(announced, endpoint, now));
            announced.SpreadAt = now;
            await db.SaveChangesAsync(cancel);
            await transaction.CommitAsync(cancel);
        }
    }

    internal static OutgoingMessage Message(OutgoingEvent announced, WebhookEndpoint endpoint, Instant now) => new()
    {
        Id = Guid.CreateVersion7(),
        TenantId = announced.TenantId,
        Channel = "webhook",
        Target = endpoint.Url,
        Body = Outbox.Body(announced.Type, announced.At, announced.Data),
        Type = announced.Type,
        EventId = announced.Id,
        EndpointId = endpoint.Id,
        FiringId = announced.FiringId,
        CreatedAt = now,
        NextAt = now,
        State = "waiting",
    };

    private async Task<List<OutgoingMessage>> TakeAsync(CancellationToken cancel)
    {
        var now = Now();
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.OutgoingMessages.FromSql($"""
            UPDATE outgoing_message SET next_at = {now + Taken}
            WHERE id IN (SELECT id FROM outgoing_message WHERE next_at <= {now} ORDER BY next_at LIMIT {Batch} FOR UPDATE SKIP LOCKED) RETURNING *
            """).AsNoTracking().ToListAsync(cancel);
    }

    private async Task<DeliveryResult> SendAsync(OutgoingMessage message, CancellationToken cancel)
    {
        var at = Now();
        var watch = Stopwatch.StartNew();
        var result = message.Channel == "mail" ? await mailer.SendAsync(message.Id, message.Target, message.Subject ?? "", message.Body, cancel) : await PostAsync(message, at, cancel);
        await NoteAsync(message, result, at, (int)watch.ElapsedMilliseconds, cancel);
        return result;
    }

    private async Task<DeliveryResult> PostAsync(OutgoingMessage message, Instant at, CancellationToken cancel)
    {
        try
        {
            return await secrets.OfAsync(message, cancel) is { } secret
                ? await sender.SendAsync(message.Target, secret, $"msg_{message.Id:N}", message.Body, at, cancel)
                : new DeliveryResult(false, true, "The address was taken away before it was delivered.");
        }
        catch (CryptographicException)
        {
            return new DeliveryResult(false, true, "Its secret cannot be read any more; add the address again.");
        }
    }

    private async Task NoteAsync(OutgoingMessage message, DeliveryResult result, Instant at, int milliseconds, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        db.DeliveryAttempts.Add(new DeliveryAttempt
        {
            TenantId = message.TenantId,
            MessageId = message.Id,
            At = at,
            Status = result.Status,
            Outcome = result.Outcome,
            Excerpt = result.Excerpt,
            Milliseconds = milliseconds,
        });
        var stored = await db.OutgoingMessages.SingleAsync(m => m.Id == message.Id, cancel);
        stored.Attempts = message.Attempts + 1;
        (stored.LastAt, stored.Outcome) = (at, result.Outcome);
        var pause = result.Delivered || result.Final ? null : RetrySchedule.After(stored.Attempts);
        stored.State = result.Delivered ? "delivered" : pause is null ? "failed" : "retrying";
        stored.NextAt = at + pause;
        if (result.Status == 410 && message.EndpointId is { } gone)
        {
            var endpoint = await db.WebhookEndpoints.SingleAsync(w => w.TenantId == message.TenantId && w.Id == gone, cancel);
            (endpoint.DisabledAt, endpoint.DisabledReason) = (at, "It answered 410 Gone.");
            db.Note(message.TenantId, new Actor("insights", at), "webhook.disabled", "webhook:" + endpoint.Id, null, null, endpoint.DisabledReason);
        }
        await db.SaveChangesAsync(cancel);
        metrics.Sent(message.Channel, stored.State);
    }

    private Instant Now() => Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
}

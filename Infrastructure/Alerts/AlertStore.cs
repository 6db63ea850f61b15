using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Webhooks;

namespace OpenMeet.Insights.Infrastructure.Alerts;

/// <summary>A rule as somebody wants it.</summary>
/// <param name="Account"><c>user:key</c> or <c>group:slug</c>.</param>
/// <param name="Rule">What it watches.</param>
/// <param name="Mail">Whether mail is sent.</param>
/// <param name="Webhook">Whether the tenant's endpoints are told.</param>
/// <param name="WebhookUrl">An address of the account's own, checked; null for none.</param>
public sealed record AlertDraft(string Account, AlertRule Rule, bool Mail, bool Webhook, string? WebhookUrl);

/// <summary>Saves rules, quiet hours and what was read. Whoever calls has looked whether the person may; every statement names the account.</summary>
public sealed class AlertStore(IDbContextFactory<InsightsDbContext> contexts, WebhookSecrets secrets)
{
    /// <summary>Adds a rule. The second value is the secret of its own address, told only now; null where it has none.</summary>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="draft">What is wanted.</param>
    /// <param name="recipient">Who is told; null for whoever decides about the account.</param>
    /// <param name="actor">Who adds it.</param>
    /// <param name="cancel">Ends the saving.</param>
    public async Task<(StoredAlertRule Rule, string? Secret)> AddAsync(int tenantId, AlertDraft draft, string? recipient, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var stored = new StoredAlertRule { TenantId = tenantId, Account = draft.Account, Thresholds = [], Recipient = recipient, CreatedAt = actor.At, CreatedBy = actor.Name };
        var secret = Fill(stored, draft);
        db.AlertRules.Add(stored);
        db.Note(tenantId, actor, "alert.added", draft.Account, null, Show(stored));
        await db.SaveChangesAsync(cancel);
        return (stored, secret);
    }

    /// <summary>Changes a rule of an account; null where the account has none of that number. It speaks anew where it comes to watch something else.</summary>
    public async Task<(StoredAlertRule Rule, string? Secret)?> ChangeAsync(int tenantId, long id, AlertDraft draft, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.AlertRules.SingleOrDefaultAsync(r => r.TenantId == tenantId && r.Id == id && r.Account == draft.Account && r.EndedAt == null, cancel) is not { } stored) return null;
        var before = Show(stored);
        if (!stored.Rule.WatchesSameAs(draft.Rule)) stored.Revision++;
        var secret = Fill(stored, draft);
        db.Note(tenantId, actor, "alert.changed", draft.Account, before, Show(stored));
        await db.SaveChangesAsync(cancel);
        return (stored, secret);
    }

    /// <summary>Ends a rule of an account; its history stays. False where the account has none of that number.</summary>
    public async Task<bool> EndAsync(int tenantId, string account, long id, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.AlertRules.SingleOrDefaultAsync(r => r.TenantId == tenantId && r.Id == id && r.Account == account && r.EndedAt == null, cancel) is not { } stored) return false;
        stored.EndedAt = actor.At;
        db.Note(tenantId, actor, "alert.ended", account, Show(stored), null);
        await db.SaveChangesAsync(cancel);
        return true;
    }

    /// <summary>Sets somebody's quiet hours; null for none.</summary>
    public async Task SetQuietAsync(int tenantId, string recipient, QuietHours? hours, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var stored = await db.QuietHours.SingleOrDefaultAsync(q => q.TenantId == tenantId && q.Recipient == recipient, cancel);
        var before = stored is null ? null : AuditLog.ToJson(new { from = Clock(stored.From), to = Clock(stored.To), zone = stored.Zone });
        if (hours is null)
        {
            if (stored is null) return;
            db.QuietHours.Remove(stored);
        }
        else
        {
            if (stored is null) db.QuietHours.Add(stored = new StoredQuietHours { TenantId = tenantId, Recipient = recipient, Zone = "" });
            (stored.From, stored.To, stored.Zone) = (hours.From, hours.To, hours.Zone.Id);
        }
        db.Note(tenantId, actor, "alert.quiet", recipient, before, hours is null ? null : AuditLog.ToJson(new { from = Clock(hours.From), to = Clock(hours.To), zone = hours.Zone.Id }));
        await db.SaveChangesAsync(cancel);
    }

    /// <summary>Marks notices of somebody's inbox as read, or as unread; all of them where none is named.</summary>
    public async Task MarkAsync(int tenantId, string recipient, long? id, Instant? readAt, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await db.InboxNotices.Where(n => n.TenantId == tenantId && n.Recipient == recipient && (id == null ? n.ReadAt == null : n.Id == id)).ExecuteUpdateAsync(n => n.SetProperty(x => x.ReadAt, readAt), cancel);
    }

    private string? Fill(StoredAlertRule stored, AlertDraft draft)
    {
        var rule = draft.Rule;
        (stored.Subject, stored.Meter, stored.Metric, stored.Money, stored.Below) = (rule.Subject, rule.Meter, rule.Metric, rule.Money, rule.Below);
        (stored.Thresholds, stored.Amount, stored.WithForecast) = ([.. rule.Thresholds], rule.Amount, rule.WithForecast);
        (stored.Mail, stored.Webhook) = (draft.Mail, draft.Webhook);
        if (stored.WebhookUrl == draft.WebhookUrl) return null;
        stored.WebhookUrl = draft.WebhookUrl;
        if (draft.WebhookUrl is null)
        {
            stored.WebhookSecret = null;
            return null;
        }
        var (secret, kept) = secrets.Create();
        stored.WebhookSecret = kept;
        return secret;
    }

    private static System.Text.Json.Nodes.JsonNode? Show(StoredAlertRule r) => AuditLog.ToJson(new
    {
        subject = r.Subject.ToString(),
        r.Meter,
        r.Metric,
        money = r.Money?.ToString(),
        r.Below,
        r.Thresholds,
        r.Amount,
        forecast = r.WithForecast,
        r.Recipient,
        r.Mail,
        r.Webhook,
        r.WebhookUrl,
    });

    private static string Clock(LocalTime time) => NodaTime.Text.LocalTimePattern.CreateWithInvariantCulture("HH:mm").Format(time);
}

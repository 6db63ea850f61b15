using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Delivery;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Alerts;

/// <summary>Sends a marked test message by each channel of a rule, at once, and says what each answered.</summary>
public sealed class AlertTests(IDbContextFactory<InsightsDbContext> contexts, AlertTelling telling, AlertReports reports, Deliveries deliveries)
{
    /// <summary>Tries a rule of an account out; null where the account has none of that number, or nobody can be told.</summary>
    public async Task<ToldAlert?> RunAsync(Tenant tenant, string account, long id, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.AlertRules.AsNoTracking().SingleOrDefaultAsync(r => r.TenantId == tenant.Id && r.Id == id && r.Account == account && r.EndedAt == null, cancel) is not { } rule) return null;
        if ((rule.Recipient ?? await AlertRecipients.DeciderAsync(db, tenant.Id, account, actor.At, cancel)) is not { } recipient) return null;
        var standing = await reports.RuleAsync(tenant, id, cancel);
        var firing = new AlertFiring
        {
            Id = Guid.CreateVersion7(),
            TenantId = tenant.Id,
            Origin = $"test:{Guid.CreateVersion7()}",
            RuleId = id,
            Account = account,
            Subject = rule.Subject,
            Period = BillingPeriod.Containing(actor.At, tenant.Zone).ToString(),
            Against = "",
            Unit = "",
            Described = standing?.Described ?? "",
            Title = "Test message: nothing has happened",
            Detail = $"Somebody tries a rule out: {standing?.Described}.",
            Recipient = recipient,
            IsMoney = rule.Rule.IsMoney,
            IsTest = true,
            At = actor.At,
        };
        await telling.TellAsync(firing, new AlertChannels(rule.Mail, rule.Webhook, rule.Id, rule.WebhookUrl), cancel);
        db.Note(tenant.Id, actor, "alert.tested", account, null, AuditLog.ToJson(new { rule = id }));
        await db.SaveChangesAsync(cancel);
        await deliveries.SpreadAsync(cancel);
        foreach (var message in await db.OutgoingMessages.Where(m => m.TenantId == tenant.Id && m.FiringId == firing.Id && m.NextAt != null).Select(m => m.Id).ToListAsync(cancel))
            await deliveries.SendNowAsync(message, cancel);
        return await reports.ToldAsync(tenant.Id, firing.Id, cancel);
    }
}

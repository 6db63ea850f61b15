using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Alerts;

/// <summary>What becomes of alerts when an account gets another key, or a person is erased; in the transaction of that change.</summary>
internal static class AlertAccounts
{
    /// <summary>The rules and the history go on under the group's new slug.</summary>
    public static async Task RenameAsync(InsightsDbContext db, int tenantId, string old, string now, CancellationToken cancel)
    {
        await db.AlertRules.Where(r => r.TenantId == tenantId && r.Account == old).ExecuteUpdateAsync(r => r.SetProperty(x => x.Account, now), cancel);
        await db.AlertFirings.Where(f => f.TenantId == tenantId && f.Account == old).ExecuteUpdateAsync(f => f.SetProperty(x => x.Account, now), cancel);
        await db.InboxNotices.Where(n => n.TenantId == tenantId && n.Account == old).ExecuteUpdateAsync(n => n.SetProperty(x => x.Account, now), cancel);
    }

    /// <summary>All that was set by a person, told to a person or told about a person goes.</summary>
    public static async Task EraseAsync(InsightsDbContext db, int tenantId, string person, CancellationToken cancel)
    {
        await db.Database.ExecuteSqlAsync($"""
            WITH told AS (SELECT id FROM alert_firing WHERE tenant_id = {tenantId} AND (account = {person} OR recipient = {person})),
                 events AS (DELETE FROM outgoing_event WHERE tenant_id = {tenantId} AND (firing_id IN (SELECT id FROM told) OR data::jsonb->>'account' = {person})),
                 messages AS (DELETE FROM outgoing_message WHERE tenant_id = {tenantId}
                     AND (firing_id IN (SELECT id FROM told) OR (channel = 'webhook' AND body::jsonb->'data'->>'account' = {person})) RETURNING id)
            DELETE FROM delivery_attempt WHERE tenant_id = {tenantId} AND message_id IN (SELECT id FROM messages)
            """, cancel);
        await db.InboxNotices.Where(n => n.TenantId == tenantId && (n.Account == person || n.Recipient == person)).ExecuteDeleteAsync(cancel);
        await db.AlertFirings.Where(f => f.TenantId == tenantId && (f.Account == person || f.Recipient == person)).ExecuteDeleteAsync(cancel);
        await db.AlertRules.Where(r => r.TenantId == tenantId && (r.Account == person || r.Recipient == person)).ExecuteDeleteAsync(cancel);
        await db.QuietHours.Where(q => q.TenantId == tenantId && q.Recipient == person).ExecuteDeleteAsync(cancel);
    }
}

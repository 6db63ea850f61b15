using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Delivery;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Infrastructure.Alerts;

/// <summary>A rule with what stands now.</summary>
/// <param name="Stored">The rule.</param>
/// <param name="What">The meter's name; empty where it watches none.</param>
/// <param name="Now">What stands.</param>
public sealed record StandingRule(StoredAlertRule Stored, string What, AlertReading Now)
{
    /// <summary>The rule in words.</summary>
    public string Described => AlertText.Describe(Stored.Rule, What, Now.Unit);
}

/// <summary>How one channel fared.</summary>
/// <param name="Channel"><c>inbox</c>, <c>mail</c> or <c>webhook</c>.</param>
/// <param name="Target">Where to; null for the inbox.</param>
/// <param name="State"><c>delivered</c>, <c>waiting</c>, <c>quiet</c>, <c>retrying</c> or <c>failed</c>.</param>
/// <param name="Outcome">What the last attempt came to.</param>
/// <param name="NextAt">When it is tried next.</param>
public sealed record ChannelOutcome(string Channel, string? Target, string State, string? Outcome, Instant? NextAt);

/// <summary>An alert that was told, with how it left.</summary>
public sealed record ToldAlert(AlertFiring Firing, IReadOnlyList<ChannelOutcome> Channels);

/// <summary>Which alerts are read: of one account or of all; without money where the reader does not see it.</summary>
public sealed record AlertScope(int TenantId, string? Account, bool SeesMoney);

/// <summary>Reads rules, what they told, and inboxes.</summary>
public sealed class AlertReports(IDbContextFactory<InsightsDbContext> contexts, AlertReadings readings, MeterCatalog catalog, TimeProvider time)
{
    /// <summary>The rules that hold, by account, with what stands now.</summary>
    public async Task<IReadOnlyList<StandingRule>> RulesAsync(Tenant tenant, AlertScope scope, CancellationToken cancel)
    {
        List<StoredAlertRule> stored;
        await using (var db = await contexts.CreateDbContextAsync(cancel))
        {
            stored = await db.AlertRules.AsNoTracking().Where(r => r.TenantId == scope.TenantId && r.EndedAt == null && (scope.Account == null || r.Account == scope.Account)).OrderBy(r => r.Account).ThenBy(r => r.Id).ToListAsync(cancel);
        }
        var meters = await catalog.GetAsync(tenant.Id, cancel);
        var rules = new List<StandingRule>();
        foreach (var ofAccount in stored.Where(r => scope.SeesMoney || !r.Rule.IsMoney).GroupBy(r => r.Account))
        {
            var account = readings.Of(tenant, ofAccount.Key);
            foreach (var rule in ofAccount) rules.Add(new StandingRule(rule, rule.Meter is { } slug ? meters.Find(slug)?.Meter.Name ?? slug : "", await account.ReadAsync(rule.Rule, cancel)));
        }
        return rules;
    }

    /// <summary>One rule with what stands now; null where the scope has none of that number.</summary>
    public async Task<StandingRule?> RuleAsync(Tenant tenant, long id, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.AlertRules.AsNoTracking().SingleOrDefaultAsync(r => r.TenantId == tenant.Id && r.Id == id && r.EndedAt == null, cancel) is not { } rule) return null;
        var meter = rule.Meter is { } slug ? (await catalog.GetAsync(tenant.Id, cancel)).Find(slug)?.Meter.Name ?? slug : "";
        return new StandingRule(rule, meter, await readings.Of(tenant, rule.Account).ReadAsync(rule.Rule, cancel));
    }

    /// <summary>What was told, newest first, with how it left; and how much there is.</summary>
    public async Task<(IReadOnlyList<ToldAlert> Told, int Found)> HistoryAsync(AlertScope scope, int skip, int take, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var all = db.AlertFirings.AsNoTracking().Where(f => f.TenantId == scope.TenantId && (scope.Account == null || f.Account == scope.Account) && (scope.SeesMoney || !f.IsMoney));
        var firings = await all.OrderByDescending(f => f.At).ThenByDescending(f => f.Id).Skip(skip).Take(take).ToListAsync(cancel);
        return (await WithChannelsAsync(db, scope.TenantId, firings, cancel), await all.CountAsync(cancel));
    }

    /// <summary>One alert with how it left.</summary>
    public async Task<ToldAlert?> ToldAsync(int tenantId, Guid firing, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var found = await db.AlertFirings.AsNoTracking().Where(f => f.TenantId == tenantId && f.Id == firing).ToListAsync(cancel);
        return (await WithChannelsAsync(db, tenantId, found, cancel)).SingleOrDefault();
    }

    /// <summary>Somebody's inbox, newest first, and how many lines it has.</summary>
    public async Task<(IReadOnlyList<InboxNotice> Notices, int Found, int Unread)> InboxAsync(int tenantId, string recipient, int skip, int take, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var own = db.InboxNotices.AsNoTracking().Where(n => n.TenantId == tenantId && n.Recipient == recipient);
        var notices = await own.OrderByDescending(n => n.Id).Skip(skip).Take(take).ToListAsync(cancel);
        var firings = notices.ConvertAll(n => n.FiringId);
        var budgets = await db.AlertFirings.AsNoTracking().Where(f => f.TenantId == tenantId && firings.Contains(f.Id) && f.Origin.StartsWith(StoredAlertRule.BudgetOrigins)).ToDictionaryAsync(f => f.Id, f => f.RuleId, cancel);
        foreach (var notice in notices) notice.Budget = budgets.GetValueOrDefault(notice.FiringId);
        return (notices, await own.CountAsync(cancel), await own.CountAsync(n => n.ReadAt == null, cancel));
    }

    /// <summary>How many lines of somebody's inbox are unread.</summary>
    public async Task<int> UnreadAsync(int tenantId, string recipient, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.InboxNotices.CountAsync(n => n.TenantId == tenantId && n.Recipient == recipient && n.ReadAt == null, cancel);
    }

    /// <summary>Somebody's quiet hours; null for none.</summary>
    public async Task<QuietHours?> QuietAsync(int tenantId, string recipient, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await AlertRecipients.QuietAsync(db, tenantId, recipient, cancel);
    }

    private async Task<IReadOnlyList<ToldAlert>> WithChannelsAsync(InsightsDbContext db, int tenantId, List<AlertFiring> firings, CancellationToken cancel)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        var ids = firings.ConvertAll(f => f.Id);
        var messages = (await db.OutgoingMessages.AsNoTracking().Where(m => m.TenantId == tenantId && m.FiringId != null && ids.Contains(m.FiringId.Value)).OrderBy(m => m.Id).ToListAsync(cancel)).ToLookup(m => m.FiringId!.Value);
        var events = (await db.OutgoingEvents.AsNoTracking().Where(e => e.TenantId == tenantId && e.FiringId != null && ids.Contains(e.FiringId.Value)).ToListAsync(cancel)).ToLookup(e => e.FiringId!.Value);
        return firings.ConvertAll(f =>
        {
            var channels = new List<ChannelOutcome> { new("inbox", null, "delivered", null, null) };
            channels.AddRange(messages[f.Id].Select(m => new ChannelOutcome(m.Channel, m.Target, m.State == "waiting" && m.NextAt > m.CreatedAt && m.NextAt > now ? "quiet" : m.State, m.Outcome, m.NextAt)));
            foreach (var told in events[f.Id].Where(e => !messages[f.Id].Any(m => m.EventId == e.Id)))
            {
                channels.Add(told.SpreadAt is not null ? new ChannelOutcome("webhook", null, "failed", "No endpoint takes alert.fired.", null)
                    : new ChannelOutcome("webhook", null, told.NotBefore > told.At && told.NotBefore > now ? "quiet" : "waiting", null, told.NotBefore));
            }
            return new ToldAlert(f, channels);
        });
    }
}

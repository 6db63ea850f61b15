using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Jobs;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Infrastructure.Alerts;

/// <summary>Looks at all rules every five minutes and tells of thresholds that are passed, each once in a month.</summary>
public sealed class AlertEvaluation(
    IDbContextFactory<InsightsDbContext> contexts, TenantStore tenants, MeterCatalog catalog, AlertReadings readings, AlertTelling telling, LimitNotices notices, Controls.BudgetWatch budgets, TimeProvider time)
{
    /// <summary>How often rules are looked at, in minutes.</summary>
    public const int EveryMinutes = 5;

    /// <summary>The job that does it.</summary>
    public Job Job => new("alerts", Duration.FromMinutes(EveryMinutes), RunAsync, IsPrompt: true);

    /// <summary>Looks at all rules of all tenants now.</summary>
    public async Task<JobOutcome> RunAsync(CancellationToken cancel)
    {
        var (rules, told) = (0, 0);
        foreach (var tenant in await tenants.ListAsync(cancel))
        {
            if (await IsFillingAsync(tenant, cancel)) continue;
            var (looked, said) = await RunAsync(tenant, cancel);
            (rules, told) = (rules + looked, told + said);
        }
        return new JobOutcome($"{rules} rules looked at, {told} alerts told.", told);
    }

    /// <summary>Looks at the rules of one tenant and at its hard limits; how many rules, and how many alerts were told.</summary>
    public async Task<(int Rules, int Told)> RunAsync(Tenant tenant, CancellationToken cancel)
    {
        List<StoredAlertRule> rules;
        await using (var db = await contexts.CreateDbContextAsync(cancel))
            rules = await db.AlertRules.AsNoTracking().Where(r => r.TenantId == tenant.Id && r.EndedAt == null).OrderBy(r => r.Id).ToListAsync(cancel);
        var meters = rules.Count == 0 ? null : await catalog.GetAsync(tenant.Id, cancel);
        var told = 0;
        foreach (var ofAccount in rules.GroupBy(r => r.Account))
        {
            var account = readings.Of(tenant, ofAccount.Key);
            foreach (var rule in ofAccount) told += await LookAsync(tenant, rule, account, meters!, cancel);
        }
        return (rules.Count, told + await notices.RunAsync(tenant, cancel));
    }

    private async Task<int> LookAsync(Tenant tenant, StoredAlertRule stored, AlertReadings.AccountReadings account, MeterSet meters, CancellationToken cancel)
    {
        var now = Now();
        var rule = stored.Rule;
        AlertReading? measured = null;
        var said = 0;
        if (rule.Subject == AlertSubject.Budget && stored.Account.StartsWith("group:", StringComparison.Ordinal) && meters.GroupsWithBudget.Contains(stored.Account[6..]))
        {
            measured = await account.ReadAsync(rule, cancel);
            said = await budgets.KeepAsync(tenant, stored, measured, cancel);
        }
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var recipient = stored.Recipient ?? await AlertRecipients.DeciderAsync(db, tenant.Id, stored.Account, now, cancel);
        // Who no longer runs a group is told nothing of it.
        if (recipient is null || !await AlertRecipients.MaySeeAsync(db, tenant.Id, recipient, stored.Account, rule.IsMoney, now, cancel)) return said;
        var reading = measured ?? await account.ReadAsync(rule, cancel);
        var (period, against, origin, budget) = (account.Period.ToString(), AlertTelling.Plain(reading.Against), stored.Origin, stored.BudgetOrigin);
        // Who was asked about a budget, or told of its pause, knows that it is used up.
        var told = await db.AlertFirings.AsNoTracking()
            .Where(f => f.TenantId == tenant.Id && (f.Origin == origin || (f.Origin.StartsWith(budget) && f.Recipient == recipient)) && f.Period == period && f.Against == against)
            .Select(f => new AlertStep(f.Threshold, f.IsForecast)).ToListAsync(cancel);
        var what = rule.Meter is { } slug ? meters.Find(slug)?.Meter.Name ?? slug : "";
        foreach (var step in rule.Due(reading, told))
        {
            var firing = new AlertFiring
            {
                Id = Guid.CreateVersion7(),
                TenantId = tenant.Id,
                Origin = origin,
                RuleId = stored.Id,
                Account = stored.Account,
                Subject = rule.Subject,
                Period = period,
                Against = against,
                Threshold = step.Threshold,
                IsForecast = step.IsForecast,
                Value = reading.Value,
                Unit = reading.Unit,
                Described = AlertText.Describe(rule, what, reading.Unit),
                Title = AlertText.Title(rule, step, reading, what),
                Detail = AlertText.Detail(rule, reading, now.InZone(tenant.Zone).Date),
                Recipient = recipient,
                IsMoney = rule.IsMoney,
                At = now,
            };
            if (await telling.TellAsync(firing, new AlertChannels(stored.Mail, stored.Webhook, stored.Id, stored.WebhookUrl), cancel)) said++;
        }
        return said;
    }

    // While the demo's year is being put in, its figures are of some day of that year.
    private async Task<bool> IsFillingAsync(Tenant tenant, CancellationToken cancel)
    {
        if (tenant.DemoFilledAt is not null) return false;
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.Audit.AnyAsync(a => a.TenantId == tenant.Id && a.Action == "demo.begun", cancel);
    }

    private Instant Now() => Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
}

using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Controls;

/// <summary>
/// Stores what budgets that ask or pause have come to, each time the alerts are looked at, and asks or tells the owner once when one is used
/// up. A quota check reads what is stored here and works nothing out.
/// </summary>
public sealed class BudgetWatch(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, AlertReadings readings, AlertTelling telling, TimeProvider time)
{
    /// <summary>Measures the budgets of a group now: after it was said what happens at them.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="group">The group's present slug.</param>
    /// <param name="cancel">Ends the measuring.</param>
    public async Task MeasureAsync(Tenant tenant, string group, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        List<StoredAlertRule> rules;
        await using (var db = await contexts.CreateDbContextAsync(cancel))
            rules = await db.AlertRules.AsNoTracking().Where(r => r.TenantId == tenant.Id && r.Account == "group:" + group && r.Subject == AlertSubject.Budget && r.EndedAt == null).ToListAsync(cancel);
        var account = readings.Of(tenant, "group:" + group);
        foreach (var rule in rules) await KeepAsync(tenant, rule, await account.ReadAsync(rule.Rule, cancel), cancel);
    }

    /// <summary>Stores what was measured of a budget of a group, and tells or asks once in a month where it is used up; how often it was told.</summary>
    internal async Task<int> KeepAsync(Tenant tenant, StoredAlertRule rule, AlertReading reading, CancellationToken cancel)
    {
        var now = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
        var period = BillingPeriod.Containing(now, tenant.Zone);
        await using var connection = await dataSource.OpenConnectionAsync(cancel);
        await using (var upsert = new NpgsqlCommand("""
            INSERT INTO budget_standing (tenant_id, rule_id, revision, period, cost, currency, measured_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (tenant_id, rule_id) DO UPDATE SET revision = excluded.revision, period = excluded.period, cost = excluded.cost, currency = excluded.currency, measured_at = excluded.measured_at,
                answer = CASE WHEN budget_standing.revision = excluded.revision THEN budget_standing.answer END
            """, connection)
        {
            Parameters =
            {
                new() { Value = tenant.Id }, new() { Value = rule.Id }, new() { Value = rule.Revision }, new() { Value = period.ToString() },
                new() { Value = (object?)reading.Value ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Numeric }, new() { Value = tenant.CurrencyAt(now) }, SqlValue.Time(now),
            },
        })
        {
            await upsert.ExecuteNonQueryAsync(cancel);
        }
        var budget = (await GroupBudgets.ReadAsync(connection, tenant, rule.Account[6..], now, cancel)).FirstOrDefault(b => b.Rule == rule.Id);
        return budget is { State: BudgetState.Asked or BudgetState.Paused, Answer: null } && await TellAsync(tenant, rule, budget, period, now, cancel) ? 1 : 0;
    }

    private async Task<bool> TellAsync(Tenant tenant, StoredAlertRule rule, BudgetStanding budget, BillingPeriod period, Instant now, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await AlertRecipients.DeciderAsync(db, tenant.Id, rule.Account, now, cancel) is not { } owner) return false;
        var (asks, end) = (budget.State == BudgetState.Asked, period.Range.To.InZone(tenant.Zone).Date.PlusDays(-1));
        var until = end.ToString("d MMM", System.Globalization.CultureInfo.InvariantCulture);
        var firing = new AlertFiring
        {
            Id = Guid.CreateVersion7(),
            TenantId = tenant.Id,
            Origin = rule.BudgetOrigin + budget.Action,
            RuleId = rule.Id,
            Account = rule.Account,
            Subject = AlertSubject.Budget,
            Period = period.ToString(),
            Against = AlertTelling.Plain(budget.Amount.Value),
            Threshold = 100m,
            Value = budget.Cost?.Value,
            Unit = budget.Amount.Currency.Code,
            Described = asks ? $"The {budget.Name} asks when it is used up" : $"The {budget.Name} pauses new uploads when it is used up",
            Title = asks ? $"A budget is used up: shall new uploads pause until {until}?" : $"New uploads are paused until {until}: a budget is used up",
            Detail = $"{budget.Cost?.RoundToMinor()} of the {budget.Name}. "
                + (asks ? "Uploads go on until you answer, under Controls." : "Reading, exporting, deleting and cancelling go on. You can let uploads go on under Controls."),
            Recipient = owner,
            IsMoney = true,
            At = now,
        };
        return await telling.TellAsync(firing, new AlertChannels(rule.Mail, rule.Webhook, rule.Id, rule.WebhookUrl), cancel);
    }
}

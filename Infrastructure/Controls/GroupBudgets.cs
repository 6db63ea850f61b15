using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Controls;

/// <summary>A group's budgets: where they stand, what they would have meant, and what the owner says when one is used up.</summary>
public sealed class GroupBudgets(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, DirectoryReports directory, DailyCostReports daily, TimeProvider time)
{
    // What the alert evaluation has stored: nothing is worked out here. An answer holds for its month and its amount.
    private const string Sql = """
        SELECT r.id, r.money, r.amount, p.policy->'budgets'->>(r.id::text), s.cost, s.currency, s.measured_at,
            CASE WHEN s.answer_period = $3 AND s.answer_amount = r.amount THEN s.answer END, s.answered_by
        FROM alert_rule r
        LEFT JOIN group_policy p ON p.tenant_id = r.tenant_id AND p.group_key = $2 AND p.ended_at IS NULL
        LEFT JOIN budget_standing s ON s.tenant_id = r.tenant_id AND s.rule_id = r.id AND s.revision = r.revision AND s.period = $3
        WHERE r.tenant_id = $1 AND r.account = 'group:' || $2 AND r.subject = 'Budget' AND r.ended_at IS NULL ORDER BY r.id
        """;

    /// <summary>The budgets of a group, as they were last measured.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="group">The group's present slug.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<IReadOnlyList<BudgetStanding>> ReadAsync(Tenant tenant, string group, CancellationToken cancel)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancel);
        return await ReadAsync(connection, tenant, group, Now(), cancel);
    }

    /// <summary>The same by the connection of an answer's snapshot.</summary>
    internal static async Task<IReadOnlyList<BudgetStanding>> ReadAsync(NpgsqlConnection connection, Tenant tenant, string group, Instant now, CancellationToken cancel)
    {
        var currency = new Currency(tenant.CurrencyAt(now));
        await using var select = new NpgsqlCommand(Sql, connection) { Parameters = { new() { Value = tenant.Id }, new() { Value = group }, new() { Value = BillingPeriod.Containing(now, tenant.Zone).ToString() } } };
        var budgets = new List<BudgetStanding>();
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            budgets.Add(new BudgetStanding(
                rows.GetInt64(0), Enum.Parse<AlertMoney>(rows.GetString(1)), new Amount(rows.GetDecimal(2), currency), rows.IsDBNull(3) ? BudgetAction.Notify : Enum.Parse<BudgetAction>(rows.GetString(3), ignoreCase: true),
                rows.IsDBNull(4) || rows.GetString(5) != currency.Code ? null : new Amount(rows.GetDecimal(4), currency), rows.IsDBNull(6) ? null : rows.GetFieldValue<Instant>(6),
                rows.IsDBNull(7) ? null : Enum.Parse<BudgetAnswer>(rows.GetString(7)), rows.IsDBNull(7) ? null : rows.GetString(8)));
        }
        return budgets;
    }

    /// <summary>What budgets would have meant in the last three complete months, by the costs of their days.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="group">The group's present slug.</param>
    /// <param name="budgets">The budgets, each with what would happen at it.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<IReadOnlyList<BudgetReplay>> ReplayAsync(Tenant tenant, string group, IReadOnlyCollection<BudgetStanding> budgets, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(budgets);
        if (budgets.Count == 0) return [];
        var month = BillingPeriod.Containing(Now(), tenant.Zone).Range.From;
        var from = tenant.Zone.AtStartOfDay(month.InZone(tenant.Zone).Date.PlusMonths(-BudgetReplay.LookBack)).ToInstant();
        var costs = budgets.Any(b => b.Money == AlertMoney.Cost) ? await daily.AccountAsync(tenant, "group:" + group, new TimeRange(from, month), cancel) : null;
        return
        [
            .. budgets.Select(b =>
            {
                // A charge has fees and tiers: it is not the sum of its days.
                var days = b.Money == AlertMoney.Cost && costs is not null && costs.Currency == b.Amount.Currency ? costs.Days : [];
                return new BudgetReplay(
                    b.Rule, b.Name, b.Action, BudgetReplay.Of(days.Select(d => (d.Day, d.Total?.Value)), b.Amount.Value), days.Max(d => d.Total?.Value), b.Amount.Currency.Code);
            }),
        ];
    }

    /// <summary>The owner says whether uploads go on although a budget is used up, until the month ends. Said again, the later word holds.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="group">The group's present slug.</param>
    /// <param name="rule">The budget's number.</param>
    /// <param name="answer">What is said.</param>
    /// <param name="editor">Who; a user must be the group's owner.</param>
    /// <param name="cancel">Ends the writing.</param>
    /// <returns><see cref="PolicyOutcome.NotFound"/> where the group has no such budget, <see cref="PolicyOutcome.Changed"/> where nothing is asked: it is not used up, or only notifies.</returns>
    public async Task<PolicyOutcome> AnswerAsync(Tenant tenant, string group, long rule, BudgetAnswer answer, PolicyEditor editor, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        ArgumentNullException.ThrowIfNull(editor);
        if (editor.UserKey is { } user && await directory.RoleAsync(tenant.Id, group, user, cancel) != "owner") return PolicyOutcome.Refused;
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        // Who measures at the same time writes other columns; who answers at the same time waits here.
        await db.Database.ExecuteSqlAsync($"SELECT FROM budget_standing WHERE tenant_id = {tenant.Id} AND rule_id = {rule} FOR UPDATE", cancel);
        var all = await ReadAsync((NpgsqlConnection)db.Database.GetDbConnection(), tenant, group, editor.Actor.At, cancel);
        if (all.FirstOrDefault(b => b.Rule == rule) is not { } budget) return PolicyOutcome.NotFound;
        if (budget.State is not (BudgetState.Asked or BudgetState.Approved or BudgetState.Paused)) return PolicyOutcome.Changed;
        var period = BillingPeriod.Containing(editor.Actor.At, tenant.Zone).ToString();
        await db.BudgetStandings.Where(s => s.TenantId == tenant.Id && s.RuleId == rule).ExecuteUpdateAsync(s => s
            .SetProperty(x => x.Answer, answer).SetProperty(x => x.AnsweredBy, editor.Actor.Name).SetProperty(x => x.AnswerPeriod, period).SetProperty(x => x.AnswerAmount, budget.Amount.Value), cancel);
        db.Note(
            tenant.Id, editor.Actor, "group.budget.answered", $"group:{group} budget", Shown(rule, budget.Answer, period), Shown(rule, answer, period),
            $"The {budget.Name} is used up: {budget.Cost?.RoundToMinor()} so far");
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return PolicyOutcome.Done;
    }

    private static System.Text.Json.Nodes.JsonNode? Shown(long rule, BudgetAnswer? answer, string period) => AuditLog.ToJson(new { rule, answer = answer?.ToString(), period });

    private Instant Now() => Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
}

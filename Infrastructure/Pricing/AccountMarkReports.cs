using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Quotas;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>What an account's chart marks at a day.</summary>
/// <param name="Day">In the billing zone.</param>
/// <param name="Plan">Name of the plan that began; null for anything else.</param>
/// <param name="Meter">The meter whose limit began or ended; null for anything else.</param>
/// <param name="Limit">The limit that began, in the meter's unit; null where one ended.</param>
/// <param name="Events">How many events a group had on that day.</param>
public sealed record AccountMark(LocalDate Day, string? Plan = null, Meter? Meter = null, decimal? Limit = null, int Events = 0);

/// <summary>What happened to an account that may explain its figures: another plan, another limit, and a group's event days.</summary>
public sealed class AccountMarkReports(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, MeterCatalog catalog)
{
    private const string StartsSql = """
        SELECT DISTINCT ON (d.event) d.starts_at FROM ledger l
        CROSS JOIN LATERAL json_to_record(CASE WHEN json_typeof(l.event->'data') = 'object' THEN l.event->'data' END) AS d(event text, starts_at text)
        WHERE l.tenant_id = $1 AND l.grp = ANY($2) AND l.type IN ('event.created', 'event.updated') AND l.voided_at IS NULL AND d.event IS NOT NULL AND d.starts_at IS NOT NULL
        AND (l.grp, d.event) NOT IN (
            SELECT grp, event->'data'->>'event' FROM ledger WHERE tenant_id = $1 AND grp = ANY($2) AND type = 'event.deleted' AND voided_at IS NULL AND event->'data'->>'event' IS NOT NULL)
        ORDER BY d.event, l.time DESC, l.source DESC, l.id DESC
        """;

    /// <summary>The marks of a range, in order.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="account"><c>user:key</c>, or <c>group:slug</c> with the present slug.</param>
    /// <param name="range">From when to when.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<IReadOnlyList<AccountMark>> ReadAsync(Tenant tenant, string account, TimeRange range, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var marks = new List<AccountMark>();
        void Add(Instant at, Func<LocalDate, AccountMark> mark)
        {
            if (range.Contains(at)) marks.Add(mark(at.InZone(tenant.Zone).Date));
        }
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        foreach (var from in await db.PlanAssignments.Where(a => a.TenantId == tenant.Id && a.Account == account && a.From >= range.From && a.From < range.To).Select(a => a.From).Distinct().ToListAsync(cancel))
            Add(from, day => new AccountMark(day, Plan: book.PlanAt(account, from).Name));
        await LimitsAsync(db, tenant, account, Add, cancel);
        if (account.StartsWith("group:", StringComparison.Ordinal)) marks.AddRange(await EventDaysAsync(tenant, book.SlugsOf(account[6..]), range, cancel));
        return [.. marks.OrderBy(m => m.Day)];
    }

    private async Task LimitsAsync(InsightsDbContext db, Tenant tenant, string account, Action<Instant, Func<LocalDate, AccountMark>> add, CancellationToken cancel)
    {
        var meters = await catalog.GetAsync(tenant.Id, cancel);
        var set = await db.QuotaOverrides.AsNoTracking().Where(o => o.TenantId == tenant.Id && o.Account == account).OrderBy(o => o.CreatedAt).ToListAsync(cancel);
        // What was taken back within its minutes is as if it had never been.
        foreach (var limit in set.Where(o => !(o.EndedAt - o.CreatedAt <= OverrideStore.UndoWindow)))
        {
            if (meters.Find(limit.Meter)?.Meter is not { } meter) continue;
            add(limit.CreatedAt, day => new AccountMark(day, Meter: meter, Limit: limit.Limit));
            var replaced = set.Exists(o => o.Meter == limit.Meter && o.CreatedAt == limit.EndedAt);
            if ((limit.EndedAt ?? limit.ExpiresAt) is { } end && !replaced) add(end, day => new AccountMark(day, Meter: meter));
        }
    }

    private async Task<IEnumerable<AccountMark>> EventDaysAsync(Tenant tenant, IReadOnlyList<string> slugs, TimeRange range, CancellationToken cancel)
    {
        await using var select = dataSource.CreateCommand(StartsSql);
        select.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = tenant.Id }, new() { Value = slugs.ToArray() } });
        await using var rows = await select.ExecuteReaderAsync(cancel);
        var days = new List<LocalDate>();
        while (await rows.ReadAsync(cancel))
        {
            if (Rfc3339.TryParse(rows.GetString(0), out var starts) && range.Contains(starts)) days.Add(starts.InZone(tenant.Zone).Date);
        }
        return days.GroupBy(d => d).Select(d => new AccountMark(d.Key, Events: d.Count()));
    }
}

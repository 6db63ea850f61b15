using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>Closes months: from then on their statements are frozen.</summary>
public sealed class PeriodStore(IDbContextFactory<InsightsDbContext> contexts, StatementReports statements)
{
    /// <summary>Freezes the statements of all accounts of a past month. A second time changes nothing.</summary>
    /// <returns>When the month was closed, and by whom.</returns>
    public async Task<ClosedPeriod> CloseAsync(Tenant tenant, BillingPeriod period, Actor actor, CancellationToken cancel)
    {
        // First the month is marked, so that from then on late events are noticed; then its statements freeze. An event that comes in
        // between is in a statement or not: where it is not, it becomes an adjustment.
        await MarkAsync(tenant, period, actor, cancel);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended('insights.close', {(long)tenant.Id}))", cancel);
        var month = period.ToString();
        var closed = await db.ClosedPeriods.SingleAsync(p => p.TenantId == tenant.Id && p.Period == month, cancel);
        if (closed.FrozenAt is not null) return closed;
        var users = await db.DirectoryUsers.Where(u => u.TenantId == tenant.Id).Select(u => u.Key).OrderBy(k => k).ToListAsync(cancel);
        var groups = await db.DirectoryGroups.Where(g => g.TenantId == tenant.Id).Select(g => g.Key).OrderBy(k => k).ToListAsync(cancel);
        var frozen = 0;
        foreach (var account in users.Select(u => "user:" + u).Concat(groups.Select(g => "group:" + g)))
        {
            var name = account[(account.IndexOf(':', StringComparison.Ordinal) + 1)..];
            var statement = account.StartsWith("user:", StringComparison.Ordinal)
                ? await statements.UserAsync(tenant, name, period, cancel)
                : await statements.GroupAsync(tenant, name, period, cancel);
            if (statement is null) continue;
            db.FrozenStatements.Add(new FrozenStatement { TenantId = tenant.Id, Period = month, Account = account, Document = JsonSerializer.Serialize(FrozenDocument.Of(statement)) });
            frozen++;
        }
        closed.FrozenAt = actor.At;
        db.Note(tenant.Id, actor, "period.closed", "period:" + month, null, AuditLog.ToJson(new { statements = frozen }));
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return closed;
    }

    private async Task MarkAsync(Tenant tenant, BillingPeriod period, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        await TenantLock.AloneAsync(connection, tenant.Id);
        var month = period.ToString();
        if (await db.ClosedPeriods.AnyAsync(p => p.TenantId == tenant.Id && p.Period == month, cancel)) return;
        db.ClosedPeriods.Add(new ClosedPeriod { TenantId = tenant.Id, Period = month, ClosedAt = actor.At, ClosedBy = actor.Name, EndsAt = period.Range.To });
        await db.SaveChangesAsync(cancel);
        await MeterCatalog.ChangedAsync(connection, tenant.Id, cancel);
        await transaction.CommitAsync(cancel);
    }
}

using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Costs;

/// <summary>Takes in rates and bills. Nothing is overwritten: a newer one holds, the older one stays readable.</summary>
public sealed class CostStore(IDbContextFactory<InsightsDbContext> contexts)
{
    /// <summary>Adds a rate that holds from an instant until the next one.</summary>
    public async Task<UnitRate> AddRateAsync(int tenantId, string meter, decimal unitCost, string currency, Instant from, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var rate = new UnitRate { TenantId = tenantId, Meter = meter, UnitCost = unitCost, Currency = currency, From = from, CreatedAt = actor.At, CreatedBy = actor.Name };
        db.Rates.Add(rate);
        db.Note(tenantId, actor, "rate.set", "meter:" + meter, null, AuditLog.ToJson(new { unitCost, currency, from }));
        await db.SaveChangesAsync(cancel);
        return rate;
    }

    /// <summary>All rates, newest first.</summary>
    public async Task<IReadOnlyList<UnitRate>> RatesAsync(int tenantId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.Rates.AsNoTracking().Where(r => r.TenantId == tenantId).OrderBy(r => r.Meter).ThenByDescending(r => r.From).ThenByDescending(r => r.Id).ToListAsync(cancel);
    }

    /// <summary>Adds a bill; one of the same name and month that stood is replaced and kept.</summary>
    public async Task<Bill> AddBillAsync(Bill bill, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var standing = await db.Bills.SingleOrDefaultAsync(b => b.TenantId == bill.TenantId && b.Period == bill.Period && b.Name == bill.Name && b.ReplacedAt == null, cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        if (standing is not null)
        {
            standing.ReplacedAt = actor.At;
            await db.SaveChangesAsync(cancel);
        }
        db.Bills.Add(bill);
        db.Note(bill.TenantId, actor, standing is null ? "bill.added" : "bill.corrected", $"bill:{bill.Name} {bill.Period}",
            standing is null ? null : AuditLog.ToJson(new { standing.Amount, standing.Driver, standing.IdlePercent }), AuditLog.ToJson(new { bill.Amount, bill.Driver, bill.IdlePercent }));
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return bill;
    }

    /// <summary>The bills that hold, newest month first; with what they replaced where asked.</summary>
    public async Task<IReadOnlyList<Bill>> BillsAsync(int tenantId, string? period, bool replaced, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.Bills.AsNoTracking().Where(b => b.TenantId == tenantId && (period == null || b.Period == period) && (replaced || b.ReplacedAt == null))
            .OrderByDescending(b => b.Period).ThenBy(b => b.Name).ThenByDescending(b => b.Id).ToListAsync(cancel);
    }
}

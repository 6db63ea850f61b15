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
    public async Task<Bill> AddBillAsync(Bill bill, Actor actor, CancellationToken cancel) => (await AddBillsAsync([bill], actor, cancel))[0];

    /// <summary>Adds bills, all or none, with a line of the audit log for each; those of the same name and month that stood are replaced and kept.</summary>
    /// <param name="bills">Of one tenant; no two of them of the same name and month.</param>
    /// <param name="actor">Who enters them.</param>
    /// <param name="cancel">Ends the writing; then none is stored.</param>
    public async Task<IReadOnlyList<Bill>> AddBillsAsync(IReadOnlyList<Bill> bills, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        var replaced = new Dictionary<Bill, Bill>();
        foreach (var bill in bills)
        {
            if (await db.Bills.SingleOrDefaultAsync(b => b.TenantId == bill.TenantId && b.Period == bill.Period && b.Name == bill.Name && b.ReplacedAt == null, cancel) is not { } standing) continue;
            standing.ReplacedAt = actor.At;
            replaced[bill] = standing;
        }
        // First what gives way: only one of a name and month may stand.
        await db.SaveChangesAsync(cancel);
        foreach (var bill in bills)
        {
            var standing = replaced.GetValueOrDefault(bill);
            db.Bills.Add(bill);
            db.Note(bill.TenantId, actor, standing is null ? "bill.added" : "bill.corrected", $"bill:{bill.Name} {bill.Period}",
                standing is null ? null : AuditLog.ToJson(new { standing.Amount, standing.Driver, standing.IdlePercent }), AuditLog.ToJson(new { bill.Amount, bill.Driver, bill.IdlePercent }));
        }
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return bills;
    }

    /// <summary>The bills that hold, newest month first; with what they replaced where asked.</summary>
    public async Task<IReadOnlyList<Bill>> BillsAsync(int tenantId, string? period, bool replaced, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.Bills.AsNoTracking().Where(b => b.TenantId == tenantId && (period == null || b.Period == period) && (replaced || b.ReplacedAt == null))
            .OrderByDescending(b => b.Period).ThenBy(b => b.Name).ThenByDescending(b => b.Id).ToListAsync(cancel);
    }
}

using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Capacity;

/// <summary>Takes in what pools can hold. Nothing is overwritten: a newer entry holds, the older one stays readable.</summary>
public sealed class CapacityStore(IDbContextFactory<InsightsDbContext> contexts)
{
    /// <summary>Adds a capacity that holds from an instant until the next one.</summary>
    public async Task<PoolCapacity> SetAsync(PoolCapacity wanted, Actor actor, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var standing = At(await db.PoolCapacities.AsNoTracking().Where(c => c.TenantId == wanted.TenantId && c.Pool == wanted.Pool).ToListAsync(cancel), wanted.Pool, wanted.From);
        db.PoolCapacities.Add(wanted);
        db.Note(wanted.TenantId, actor, "capacity.set", "pool:" + wanted.Pool, standing is null ? null : Shown(standing), Shown(wanted), wanted.Reason);
        await db.SaveChangesAsync(cancel);
        return wanted;
    }

    /// <summary>All entries, the latest to begin first.</summary>
    public async Task<IReadOnlyList<PoolCapacity>> ListAsync(int tenantId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.PoolCapacities.AsNoTracking().Where(c => c.TenantId == tenantId).OrderByDescending(c => c.From).ThenByDescending(c => c.Id).ToListAsync(cancel);
    }

    /// <summary>The entry that holds for a pool at an instant; null where none does.</summary>
    internal static PoolCapacity? At(IEnumerable<PoolCapacity> entries, string pool, Instant instant) =>
        entries.Where(c => c.Pool == pool && c.From <= instant).OrderBy(c => c.From).ThenBy(c => c.Id).LastOrDefault();

    private static System.Text.Json.Nodes.JsonNode? Shown(PoolCapacity one) => AuditLog.ToJson(new { one.Capacity, one.LeadDays, one.From });
}

using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Fleet;

/// <summary>How many accounts of a bulk action stand where.</summary>
/// <param name="ByResult">Accounts by what became of them.</param>
/// <param name="Over">Of those that are changed or to be changed, how many would be over a limit by the use at the dry run.</param>
/// <param name="Unknown">Of the same, of how many nobody knows.</param>
public sealed record BulkCounts(IReadOnlyDictionary<BulkResult, int> ByResult, int Over, int Unknown)
{
    /// <summary>All accounts that were selected.</summary>
    public int All => ByResult.Values.Sum();

    /// <summary>Accounts with a result.</summary>
    public int Of(BulkResult result) => ByResult.GetValueOrDefault(result);

    /// <summary>All but those that were so already.</summary>
    public int ToChange => All - Of(BulkResult.Same);

    /// <summary>Those that had their turn.</summary>
    public int Finished => ToChange - Of(BulkResult.Open);
}

/// <summary>One bulk action with a page of its accounts.</summary>
/// <param name="Action">The action.</param>
/// <param name="Counts">Over all accounts.</param>
/// <param name="Items">The page.</param>
/// <param name="Found">How many accounts match the page's filter.</param>
public sealed record BulkState(BulkAction Action, BulkCounts Counts, IReadOnlyList<BulkItem> Items, int Found);

/// <summary>Reads bulk actions.</summary>
public sealed class BulkReports(IDbContextFactory<InsightsDbContext> contexts)
{
    /// <summary>The newest bulk actions of a tenant.</summary>
    public async Task<IReadOnlyList<(BulkAction Action, BulkCounts Counts)>> ListAsync(int tenantId, int take, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var actions = await db.BulkActions.AsNoTracking().Where(a => a.TenantId == tenantId).OrderByDescending(a => a.Id).Take(take).ToListAsync(cancel);
        var counts = await CountsAsync(db, [.. actions.Select(a => a.Id)], cancel);
        return [.. actions.Select(a => (a, counts[a.Id]))];
    }

    /// <summary>One with a page of its accounts; null where the tenant has none of that number.</summary>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="id">Its number.</param>
    /// <param name="result">Only accounts with this result.</param>
    /// <param name="over">Only accounts that would be over a limit.</param>
    /// <param name="skip">Accounts before the page.</param>
    /// <param name="take">Accounts of the page.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<BulkState?> FindAsync(int tenantId, long id, BulkResult? result, bool over, int skip, int take, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.BulkActions.AsNoTracking().SingleOrDefaultAsync(a => a.TenantId == tenantId && a.Id == id, cancel) is not { } action) return null;
        var items = db.BulkItems.AsNoTracking().Where(i => i.ActionId == id && (result == null || i.Result == result) && (!over || i.Over == true));
        return new BulkState(action, (await CountsAsync(db, [id], cancel))[id], await items.OrderBy(i => i.Position).Skip(skip).Take(take).ToListAsync(cancel), await items.CountAsync(cancel));
    }

    // Of each action, also of one without accounts.
    private static async Task<Dictionary<long, BulkCounts>> CountsAsync(InsightsDbContext db, long[] ids, CancellationToken cancel)
    {
        var counts = (await db.BulkItems.Where(i => ids.Contains(i.ActionId)).GroupBy(i => new { i.ActionId, i.Result, i.Over }).Select(g => new { g.Key.ActionId, g.Key.Result, g.Key.Over, Count = g.Count() }).ToListAsync(cancel))
            .ToLookup(c => c.ActionId);
        return ids.ToDictionary(id => id, id =>
        {
            var changing = counts[id].Where(c => c.Result != BulkResult.Same).ToList();
            return new BulkCounts(
                counts[id].GroupBy(c => c.Result).ToDictionary(g => g.Key, g => g.Sum(c => c.Count)), changing.Where(c => c.Over == true).Sum(c => c.Count), changing.Where(c => c.Over is null).Sum(c => c.Count));
        });
    }
}

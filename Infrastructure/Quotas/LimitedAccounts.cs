using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;

namespace OpenMeet.Insights.Infrastructure.Quotas;

/// <summary>An account that something limits.</summary>
/// <param name="Account"><c>user:key</c> or <c>group:slug</c>.</param>
/// <param name="Meter">What is limited.</param>
/// <param name="Limit">The limit in force.</param>
internal sealed record LimitedAccount(string Account, StoredMeter Meter, EffectiveLimit Limit);

/// <summary>All accounts of a tenant and the meters that have a limit in them.</summary>
internal static class LimitedAccounts
{
    /// <summary>Everybody who pays for themselves, by account and then by meter.</summary>
    public static async Task<IReadOnlyList<LimitedAccount>> ReadAsync(
        InsightsDbContext db, int tenantId, AccountBook book, QuotaLimits limits, MeterSet meters, Instant now, CancellationToken cancel)
    {
        var users = await db.DirectoryUsers.Where(u => u.TenantId == tenantId && u.ErasedAt == null).Select(u => "user:" + u.Key).ToListAsync(cancel);
        var groups = await db.DirectoryGroups.Where(g => g.TenantId == tenantId).Select(g => g.Key).ToListAsync(cancel);
        var counted = meters.All.Where(m => m.Meter.IsPriceable && m.IsWhole).ToList();
        var limited = new List<LimitedAccount>();
        foreach (var account in users.Concat(groups.Select(g => "group:" + g).Where(g => book.PayerAt(g[6..], now) == g)).Order(StringComparer.Ordinal))
        {
            var plan = book.PlanAt(account, now);
            foreach (var meter in counted)
            {
                if (limits.Effective(account, meter.Meter.Slug, plan) is { Limit: not null } limit) limited.Add(new LimitedAccount(account, meter, limit));
            }
        }
        return limited;
    }

    /// <summary>Which of some carriers each account pays for at an instant.</summary>
    public static ILookup<string, string> CarriersAt(AccountBook book, IEnumerable<string> carriers, Instant instant) =>
        carriers.ToLookup(c => c.StartsWith("group:", StringComparison.Ordinal) ? book.PayerAt(book.PresentSlug(c[6..]), instant) : c, StringComparer.Ordinal);
}

using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Alerts;

/// <summary>Who is told, where mail reaches that person, and whether the person may still see what is told.</summary>
public static class AlertRecipients
{
    /// <summary>Whoever decides about an account: the user, or the group's owner; null where nobody owns it.</summary>
    public static async Task<string?> DeciderAsync(InsightsDbContext db, int tenantId, string account, Instant now, CancellationToken cancel)
    {
        if (account.StartsWith("user:", StringComparison.Ordinal)) return account;
        var group = account[6..];
        var owners = await db.GroupOwners.AsNoTracking().Where(o => o.TenantId == tenantId && o.GroupKey == group && (o.From == null || o.From <= now)).ToListAsync(cancel);
        return owners.OrderBy(o => o.From ?? Instant.MinValue).ThenBy(o => o.Id).LastOrDefault()?.OwnerKey is { } owner ? "user:" + owner : null;
    }

    /// <summary>Whether somebody may see an account's figures now: who decides about it, who runs the group (money: who owns it), an administrator.</summary>
    public static async Task<bool> MaySeeAsync(InsightsDbContext db, int tenantId, string recipient, string account, bool money, Instant now, CancellationToken cancel)
    {
        if (recipient == await DeciderAsync(db, tenantId, account, now, cancel)) return true;
        var (email, user) = Parts(recipient);
        if (await db.Users.AnyAsync(u => u.TenantId == tenantId && u.IsAdmin && ((email != null && u.Email == email) || (user != null && u.UserKey == user)), cancel)) return true;
        if (user is null || !account.StartsWith("group:", StringComparison.Ordinal)) return false;
        var group = account[6..];
        var role = await db.Memberships.Where(m => m.TenantId == tenantId && m.GroupKey == group && m.UserKey == user && m.Until == null).Select(m => m.Role).SingleOrDefaultAsync(cancel);
        return role == "owner" || (role == "admin" && !money);
    }

    /// <summary>The mail address of somebody: of the sign-in, else of the directory; null where none is known.</summary>
    public static async Task<string?> AddressAsync(InsightsDbContext db, int tenantId, string recipient, CancellationToken cancel)
    {
        var (email, user) = Parts(recipient);
        if (user is null) return email;
        return await db.Users.Where(u => u.TenantId == tenantId && u.UserKey == user).Select(u => u.Email).FirstOrDefaultAsync(cancel)
            ?? await db.DirectoryUsers.Where(u => u.TenantId == tenantId && u.Key == user && u.ErasedAt == null).Select(u => u.Email).SingleOrDefaultAsync(cancel);
    }

    /// <summary>The quiet hours of somebody; null where there are none.</summary>
    public static async Task<QuietHours?> QuietAsync(InsightsDbContext db, int tenantId, string recipient, CancellationToken cancel) =>
        await db.QuietHours.AsNoTracking().SingleOrDefaultAsync(q => q.TenantId == tenantId && q.Recipient == recipient, cancel) is { } q && DateTimeZoneProviders.Tzdb.GetZoneOrNull(q.Zone) is { } zone
            ? new QuietHours(q.From, q.To, zone) : null;

    private static (string? Email, string? User) Parts(string recipient) =>
        recipient.StartsWith("user:", StringComparison.Ordinal) ? (null, recipient[5..]) : (recipient[(recipient.IndexOf(':', StringComparison.Ordinal) + 1)..], null);
}

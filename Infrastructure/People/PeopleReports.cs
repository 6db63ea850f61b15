using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.People;

/// <summary>Who can sign in to a community, and who was invited to.</summary>
public sealed class PeopleReports(IDbContextFactory<InsightsDbContext> contexts)
{
    /// <summary>A page of people by address, and how many there are.</summary>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="search">A part of the address or of the user's key, in any case of its letters; null for all.</param>
    /// <param name="skip">How many come before.</param>
    /// <param name="take">How many at most.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<(IReadOnlyList<Person> People, int Found)> PageAsync(int tenantId, string? search, int skip, int take, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var wanted = db.Users.AsNoTracking().Where(u => u.TenantId == tenantId);
        if (search is not null)
        {
            var upper = search.ToUpperInvariant();
#pragma warning disable CA1862 // PostgreSQL compares here, and it knows no StringComparison.
            wanted = wanted.Where(u => u.NormalizedEmail!.Contains(upper) || u.UserKey!.ToUpper().Contains(upper));
#pragma warning restore CA1862
        }
        return (await ReadAsync(db, tenantId, wanted.OrderBy(u => u.NormalizedEmail).Skip(skip).Take(take), cancel), await wanted.CountAsync(cancel));
    }

    /// <summary>Who was invited and has not come yet, by address.</summary>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="after">The address that the page before ended with; empty for the first page.</param>
    /// <param name="take">How many at most.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<IReadOnlyList<Person>> WaitingAsync(int tenantId, string after, int take, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var from = after.ToUpperInvariant();
        var waiting = db.Users.AsNoTracking().Where(u => u.TenantId == tenantId && u.PasswordHash == null && string.Compare(u.NormalizedEmail, from) > 0
            && !db.UserLogins.Any(l => l.UserId == u.Id) && db.UserTokens.Any(t => t.UserId == u.Id && t.LoginProvider == KeptInvitation.Provider && t.Name == KeptInvitation.Name));
        return await ReadAsync(db, tenantId, waiting.OrderBy(u => u.NormalizedEmail).Take(take), cancel);
    }

    private static async Task<IReadOnlyList<Person>> ReadAsync(InsightsDbContext db, int tenantId, IQueryable<InsightsUser> wanted, CancellationToken cancel)
    {
        var rows = await wanted.Select(u => new
        {
            u.Id,
            u.Email,
            u.UserKey,
            u.IsAdmin,
            u.TwoFactorEnabled,
            HasPassword = u.PasswordHash != null,
            Name = db.DirectoryUsers.Where(d => d.TenantId == tenantId && d.Key == u.UserKey).Select(d => d.Name).FirstOrDefault(),
            SeenAt = db.Sessions.Where(s => s.UserId == u.Id).OrderByDescending(s => s.SeenAt).Select(s => (NodaTime.Instant?)s.SeenAt).FirstOrDefault(),
            IsLinked = db.UserLogins.Any(l => l.UserId == u.Id),
            Invitation = db.UserTokens.Where(t => t.UserId == u.Id && t.LoginProvider == KeptInvitation.Provider && t.Name == KeptInvitation.Name).Select(t => t.Value).FirstOrDefault(),
        }).ToListAsync(cancel);
        return [.. rows.Select(r => new Person(r.Id, r.Email ?? r.Id, r.UserKey, r.Name, r.IsAdmin, r.TwoFactorEnabled, r.SeenAt, r.HasPassword || r.IsLinked ? null : KeptInvitation.Parse(r.Invitation)?.Until))];
    }
}

using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Account;

/// <summary>Begins, continues and ends sessions. A cookie alone opens nothing: the session that it names has to hold here.</summary>
public sealed class PortalSessions(IDbContextFactory<InsightsDbContext> contexts, TimeProvider time)
{
    /// <summary>A session that was not seen for so long has ended.</summary>
    public static readonly Duration Unseen = Duration.FromDays(14);

    /// <summary>No session lasts longer, however often it is seen.</summary>
    public static readonly Duration Longest = Duration.FromDays(30);

    /// <summary>How exactly it is kept when a session was seen.</summary>
    public static readonly Duration SeenEvery = Duration.FromMinutes(5);

    // Then nobody asks for an ended session any more.
    private static readonly Duration Kept = Duration.FromDays(90);

    /// <summary>Begins a session, and forgets what the person had long ago.</summary>
    public async Task<Guid> BeginAsync(string userId, string way, string? address, string? agent, CancellationToken cancel)
    {
        var now = Now();
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await db.Sessions.Where(s => s.UserId == userId && s.SeenAt < now - Kept).ExecuteDeleteAsync(cancel);
        var session = new PortalSession
        {
            Id = Guid.CreateVersion7(),
            UserId = userId,
            Way = way,
            Address = address,
            Agent = agent is { Length: > 200 } ? agent[..200] : agent,
            BeganAt = now,
            SeenAt = now,
        };
        db.Sessions.Add(session);
        await db.SaveChangesAsync(cancel);
        return session.Id;
    }

    /// <summary>The session, where it holds and is this person's; null otherwise. Notes that it was seen.</summary>
    public async Task<PortalSession?> ContinueAsync(Guid id, string userId, CancellationToken cancel)
    {
        var now = Now();
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var session = await Holding(db, userId, now).SingleOrDefaultAsync(s => s.Id == id, cancel);
        if (session is not null && now - session.SeenAt > SeenEvery)
            await db.Sessions.Where(s => s.Id == id && s.SeenAt < now).ExecuteUpdateAsync(s => s.SetProperty(x => x.SeenAt, now), cancel);
        return session;
    }

    /// <summary>The sessions of a person that hold, the one last seen first.</summary>
    public async Task<IReadOnlyList<PortalSession>> ListAsync(string userId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await Holding(db, userId, Now()).OrderByDescending(s => s.SeenAt).ThenByDescending(s => s.Id).ToListAsync(cancel);
    }

    /// <summary>Ends one session of a person; false where none of that id holds.</summary>
    public async Task<bool> EndAsync(Guid id, string userId, CancellationToken cancel)
    {
        var now = Now();
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await Holding(db, userId, now).Where(s => s.Id == id).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now), cancel) > 0;
    }

    /// <summary>Ends all sessions of a person but one, or all where none is named; how many.</summary>
    public async Task<int> EndOthersAsync(string userId, Guid? but, CancellationToken cancel)
    {
        var now = Now();
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await Holding(db, userId, now).Where(s => s.Id != but).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now), cancel);
    }

    private static IQueryable<PortalSession> Holding(InsightsDbContext db, string userId, Instant now) =>
        db.Sessions.AsNoTracking().Where(s => s.UserId == userId && s.EndedAt == null && s.SeenAt > now - Unseen && s.BeganAt > now - Longest);

    private Instant Now() => Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
}

using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Account;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.People;

/// <summary>
/// Invites people to sign in. An invitation is an account that nothing opens yet: it has no password, and its address counts as confirmed by
/// nobody. The link, which opens once, gives it both.
/// </summary>
public sealed class Invitations(IServiceScopeFactory scopes, TimeProvider time)
{
    /// <summary>How long a link opens.</summary>
    public static readonly Duration Life = Duration.FromDays(7);

    /// <summary>Invites somebody; who was invited before and has not come yet gets another link, and the former opens nothing.</summary>
    /// <param name="tenantId">Whose data the person will see.</param>
    /// <param name="invited">Who, and as what.</param>
    /// <param name="isMailed">Whether the link goes to the address itself, so that who opens it has shown to have it.</param>
    /// <param name="actor">Who invites.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<(InvitationLink? Link, InvitationFault? Fault)> InviteAsync(int tenantId, Invited invited, bool isMailed, Actor actor, CancellationToken cancel)
    {
        try
        {
            return await MakeAsync(tenantId, invited, isMailed, actor, cancel);
        }
        catch (DbUpdateException e) when (PostgresErrors.IsDuplicateKey(e))
        {
            // Two invited the same address at one moment.
            return (null, InvitationFault.Taken);
        }
    }

    /// <summary>Takes an invitation back that was not taken yet; false where there is none.</summary>
    public async Task<bool> WithdrawAsync(int tenantId, string userId, Actor actor, CancellationToken cancel)
    {
        await using var scope = scopes.CreateAsyncScope();
        var (db, users) = PartsOf(scope);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        if (await db.Users.SingleOrDefaultAsync(u => u.TenantId == tenantId && u.Id == userId, cancel) is not { } user || await WaitingAsync(db, users, user, cancel) is null) return false;
        // Who takes it at the same moment changes the account's concurrency stamp: then it stays.
        if (!(await users.DeleteAsync(user)).Succeeded) return false;
        db.Note(tenantId, actor, "person.withdrawn", TargetOf(user), AuditLog.ToJson(new { user.Email, role = RoleOf(user), user = user.UserKey }), null);
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return true;
    }

    /// <summary>Whose invitation a link opens now; null where none.</summary>
    public async Task<string?> EmailOfAsync(string userId, string token, CancellationToken cancel)
    {
        await using var scope = scopes.CreateAsyncScope();
        var (db, users) = PartsOf(scope);
        return await users.FindByIdAsync(userId) is { } user && await WaitingAsync(db, users, user, cancel) is { } kept && kept.IsOpenedBy(token, Now()) ? user.Email : null;
    }

    /// <summary>Gives the account its password. Null where the link opens nothing (any more); otherwise whether the password was good enough.</summary>
    public async Task<IdentityResult?> TakeAsync(string userId, string token, string password, CancellationToken cancel)
    {
        await using var scope = scopes.CreateAsyncScope();
        var (db, users) = PartsOf(scope);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        if (await users.FindByIdAsync(userId) is not { } user || await WaitingAsync(db, users, user, cancel) is not { } kept || !kept.IsOpenedBy(token, Now())) return null;
        user.EmailConfirmed = kept.IsMailed;
        var added = await users.AddPasswordAsync(user, password);
        if (!added.Succeeded) return added.Errors.Any(e => e.Code == nameof(IdentityErrorDescriber.ConcurrencyFailure)) ? null : added;
        await users.RemoveAuthenticationTokenAsync(user, KeptInvitation.Provider, KeptInvitation.Name);
        db.Note(user.TenantId, new Actor(user.Email!, Now()), "person.joined", TargetOf(user), null, AuditLog.ToJson(new { user.Email, role = RoleOf(user), user = user.UserKey }));
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return added;
    }

    /// <summary>Whom a line of the audit log is about: the directory's user, so that an erasure finds it; who is none there is found by the address.</summary>
    internal static string TargetOf(InsightsUser user) => user.UserKey is { } key ? "user:" + key : "email:" + user.Email;

    /// <summary>What the account is, in the words of the audit log.</summary>
    internal static string RoleOf(InsightsUser user) => user.IsAdmin ? "administrator" : "member";

    private async Task<(InvitationLink? Link, InvitationFault? Fault)> MakeAsync(int tenantId, Invited invited, bool isMailed, Actor actor, CancellationToken cancel)
    {
        await using var scope = scopes.CreateAsyncScope();
        var (db, users) = PartsOf(scope);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        if (invited.UserKey is { } key)
        {
            if (!await db.DirectoryUsers.AnyAsync(u => u.TenantId == tenantId && u.Key == key && u.ErasedAt == null, cancel)) return (null, InvitationFault.UnknownUser);
            if (await db.Users.AnyAsync(u => u.TenantId == tenantId && u.UserKey == key && u.Email != invited.Email, cancel)) return (null, InvitationFault.UserHasSignIn);
        }
        var user = await users.FindByEmailAsync(invited.Email);
        if (user is null)
        {
            user = new InsightsUser { UserName = invited.Email, Email = invited.Email, TenantId = tenantId, IsAdmin = invited.IsAdmin, UserKey = invited.UserKey };
            var made = await users.CreateAsync(user);
            if (!made.Succeeded) return (null, made.Errors.Any(e => e.Code.StartsWith("Duplicate", StringComparison.Ordinal)) ? InvitationFault.Taken : InvitationFault.BadAddress);
        }
        else if (user.TenantId != tenantId || await WaitingAsync(db, users, user, cancel) is null)
        {
            return (null, InvitationFault.Taken);
        }
        (user.IsAdmin, user.UserKey) = (invited.IsAdmin, invited.UserKey);
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var until = Rfc3339.ToMicroseconds(actor.At + Life);
        var kept = await users.SetAuthenticationTokenAsync(user, KeptInvitation.Provider, KeptInvitation.Name, new KeptInvitation(until, isMailed, KeptInvitation.HashOf(token)).ToString());
        // Somebody else has changed the account at this very moment.
        if (!kept.Succeeded) return (null, InvitationFault.Taken);
        db.Note(tenantId, actor, "person.invited", TargetOf(user), null, AuditLog.ToJson(new { invited.Email, role = RoleOf(user), user = user.UserKey, until, way = isMailed ? "mail" : "link" }));
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return (new InvitationLink(user.Id, token, until), null);
    }

    // What waits for somebody who has no way in yet; null where there is one.
    private static async Task<KeptInvitation?> WaitingAsync(InsightsDbContext db, AccountUsers users, InsightsUser user, CancellationToken cancel) =>
        user.PasswordHash is null && !await db.UserLogins.AnyAsync(l => l.UserId == user.Id, cancel)
            ? KeptInvitation.Parse(await users.GetAuthenticationTokenAsync(user, KeptInvitation.Provider, KeptInvitation.Name))
            : null;

    private static (InsightsDbContext Db, AccountUsers Users) PartsOf(AsyncServiceScope scope) =>
        (scope.ServiceProvider.GetRequiredService<InsightsDbContext>(), scope.ServiceProvider.GetRequiredService<AccountUsers>());

    private Instant Now() => Instant.FromDateTimeOffset(time.GetUtcNow());
}

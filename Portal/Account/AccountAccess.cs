using Microsoft.AspNetCore.Identity;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Account;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>What the security page shows of an account, read before its sections begin.</summary>
/// <param name="Sessions">Where it is signed in, the one last seen first.</param>
/// <param name="Passkeys">The eldest first.</param>
/// <param name="RecoveryCodes">How many are left.</param>
/// <param name="Linked">With which provider's account it is linked; null where with none.</param>
public sealed record AccountWays(IReadOnlyList<PortalSession> Sessions, IReadOnlyList<UserPasskeyInfo> Passkeys, int RecoveryCodes, UserLoginInfo? Linked);

/// <summary>Whose security page it is.</summary>
/// <param name="User">The account.</param>
/// <param name="Session">The session that looks.</param>
/// <param name="IsFresh">Whether it began a short while ago: only then are ways in changed.</param>
/// <param name="IsDemo">Whether it is one of the demo's sign-ins, which everybody shares and nobody changes.</param>
public sealed record AccountHolder(InsightsUser User, PortalSession Session, bool IsFresh, bool IsDemo)
{
    /// <summary>Whether ways in may be changed now.</summary>
    public bool MayChange => IsFresh && !IsDemo;
}

/// <summary>Says whose account a request is about, from the session itself and not from what a cookie remembers.</summary>
internal sealed class AccountAccess(UserManager<InsightsUser> users, PortalSessions sessions, DemoSignIns demo, TimeProvider time)
{
    /// <summary>The holder; null where nobody is signed in, or not any more.</summary>
    public async Task<AccountHolder?> HolderAsync(HttpContext? http)
    {
        if (http is null || PortalSignIn.SessionOf(http.User) is not { } id || await users.GetUserAsync(http.User) is not { } user) return null;
        if (await sessions.ContinueAsync(id, user.Id, http.RequestAborted) is not { } session) return null;
        var isFresh = Instant.FromDateTimeOffset(time.GetUtcNow()) - session.BeganAt < Duration.FromTimeSpan(SignInSettings.Fresh);
        return new AccountHolder(user, session, isFresh, demo.People.Any(p => string.Equals(p.Email, user.Email, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>The ways into an account. One reading after the other: they share a connection.</summary>
    public async Task<AccountWays> WaysAsync(AccountHolder holder, CancellationToken cancel) => new(
        await sessions.ListAsync(holder.User.Id, cancel),
        [.. (await users.GetPasskeysAsync(holder.User)).OrderBy(p => p.CreatedAt)],
        holder.User.TwoFactorEnabled ? await users.CountRecoveryCodesAsync(holder.User) : 0,
        (await users.GetLoginsAsync(holder.User)).FirstOrDefault(l => l.LoginProvider == OidcSettings.Scheme));
}

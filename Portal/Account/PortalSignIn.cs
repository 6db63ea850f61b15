using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using OpenMeet.Insights.Infrastructure.Account;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>
/// Identity's sign-in with a session behind each cookie. Every way in ends in <see cref="SignInWithClaimsAsync(InsightsUser, AuthenticationProperties, IEnumerable{Claim})"/>,
/// where the session begins; every check of a cookie or a circuit ends in <see cref="ValidateSecurityStampAsync"/>, where it has to hold.
/// </summary>
internal sealed class PortalSignIn(
    UserManager<InsightsUser> users, IHttpContextAccessor accessor, IUserClaimsPrincipalFactory<InsightsUser> claims, IOptions<IdentityOptions> options,
    ILogger<SignInManager<InsightsUser>> logger, IAuthenticationSchemeProvider schemes, IUserConfirmation<InsightsUser> confirmation, PortalSessions sessions, AccountLog log)
    : SignInManager<InsightsUser>(users, accessor, claims, options, logger, schemes, confirmation)
{
    /// <summary>The claim that names the session.</summary>
    public const string SessionClaim = "insights:session";

    // Where the ticket keeps it, so that a refreshed cookie stays the same session.
    private const string SessionItem = "session";
    private const string CodesProvider = "insights";
    private const string CodesName = "codes";
    private string? _way;

    /// <summary>The session that a principal names; null where it names none.</summary>
    public static Guid? SessionOf(ClaimsPrincipal principal) => Guid.TryParse(principal.FindFirstValue(SessionClaim), out var id) ? id : null;

    /// <summary>What a cookie that is made again keeps of the one before.</summary>
    public static void Keep(ClaimsPrincipal before, ClaimsPrincipal now)
    {
        var identity = (ClaimsIdentity)now.Identity!;
        foreach (var claim in before.Claims.Where(c => c.Type is SessionClaim or "amr" or ClaimTypes.AuthenticationMethod))
            if (!identity.HasClaim(claim.Type, claim.Value)) identity.AddClaim(claim.Clone());
    }

    public override async Task SignInWithClaimsAsync(InsightsUser user, AuthenticationProperties? authenticationProperties, IEnumerable<Claim> additionalClaims)
    {
        var properties = authenticationProperties ?? new AuthenticationProperties();
        var added = additionalClaims.ToList();
        if (!properties.Items.TryGetValue(SessionItem, out var id))
        {
            // Signed in once more with the same browser: one session follows the other.
            if (SessionOf(Context.User) is { } former && UserManager.GetUserId(Context.User) == user.Id) await sessions.EndAsync(former, user.Id, Context.RequestAborted);
            var way = _way ?? added.Find(c => c.Type == ClaimTypes.AuthenticationMethod)?.Value ?? (added.Exists(c => c is { Type: "amr", Value: "mfa" }) ? "code" : "password");
            var began = await sessions.BeginAsync(user.Id, way, ClientAddress.Of(Context), Context.Request.Headers.UserAgent, Context.RequestAborted);
            properties.Items[SessionItem] = id = began.ToString("D", CultureInfo.InvariantCulture);
        }
        added.Add(new Claim(SessionClaim, id!));
        await base.SignInWithClaimsAsync(user, properties, added);
    }

    public override async Task SignOutAsync()
    {
        if (SessionOf(Context.User) is { } session && UserManager.GetUserId(Context.User) is { } user) await sessions.EndAsync(session, user, Context.RequestAborted);
        await base.SignOutAsync();
    }

    /// <summary>After the account's stamp has changed: this browser stays signed in, all others do not.</summary>
    public async Task StayAloneAsync(AccountHolder holder)
    {
        await RefreshSignInAsync(holder.User);
        await sessions.EndOthersAsync(holder.User.Id, holder.Session.Id, Context.RequestAborted);
    }

    public override async Task<InsightsUser?> ValidateSecurityStampAsync(ClaimsPrincipal? principal)
    {
        if (principal is null || SessionOf(principal) is not { } session) return null;
        if (await base.ValidateSecurityStampAsync(principal) is not { } user) return null;
        return await sessions.ContinueAsync(session, user.Id, CancellationToken.None) is null ? null : user;
    }

    /// <summary>A code opens once: who looked over the shoulder cannot use it again.</summary>
    public override async Task<SignInResult> TwoFactorAuthenticatorSignInAsync(string code, bool isPersistent, bool rememberClient)
    {
        if (await GetTwoFactorAuthenticationUserAsync() is not { } user) return SignInResult.Failed;
        if (await UserManager.VerifyTwoFactorTokenAsync(user, Options.Tokens.AuthenticatorTokenProvider, code))
        {
            var used = (await UserManager.GetAuthenticationTokenAsync(user, CodesProvider, CodesName) ?? "").Split(' ');
            // Two at once meet at the account's concurrency stamp: the second is refused.
            if (used.Contains(code) || !(await UserManager.SetAuthenticationTokenAsync(user, CodesProvider, CodesName, string.Join(' ', used.TakeLast(5).Append(code)))).Succeeded)
                return await WrongAsync(user);
        }
        return await base.TwoFactorAuthenticatorSignInAsync(code, isPersistent, rememberClient);
    }

    /// <summary>Recovery codes are tried as often as others.</summary>
    public override async Task<SignInResult> TwoFactorRecoveryCodeSignInAsync(string recoveryCode)
    {
        if (await GetTwoFactorAuthenticationUserAsync() is not { } user) return SignInResult.Failed;
        if (await UserManager.IsLockedOutAsync(user)) return SignInResult.LockedOut;
        _way = "recovery";
        var result = await base.TwoFactorRecoveryCodeSignInAsync(recoveryCode);
        if (!result.Succeeded) return await WrongAsync(user);
        await log.NoteAsync(user, "account.recovery.used", Context.RequestAborted, after: new { left = await UserManager.CountRecoveryCodesAsync(user) });
        return result;
    }

    public override Task<SignInResult> PasskeySignInAsync(string credentialJson)
    {
        _way = "passkey";
        return base.PasskeySignInAsync(credentialJson);
    }

    private async Task<SignInResult> WrongAsync(InsightsUser user)
    {
        await UserManager.AccessFailedAsync(user);
        return await UserManager.IsLockedOutAsync(user) ? SignInResult.LockedOut : SignInResult.Failed;
    }
}

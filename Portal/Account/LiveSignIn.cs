using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Identity;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>
/// Who looks at an open page, asked again and again: a circuit outlives the cookie that opened it. Where the session has ended the circuit
/// belongs to nobody; where rights are others by now it gets those, and <see cref="RightsWatch"/> loads the page again.
/// </summary>
internal sealed class LiveSignIn(ILoggerFactory logs, IServiceScopeFactory scopes, SignInSettings settings) : RevalidatingServerAuthenticationStateProvider(logs)
{
    private static readonly string[] Rights = [ClaimTypes.Role, PageAccess.TenantClaim, PortalUser.UserClaim, PortalUser.NameClaim, PortalUser.ManagesClaim];

    protected override TimeSpan RevalidationInterval => settings.CheckEvery;

    /// <summary>What of a principal a page goes by, as one text.</summary>
    public static string RightsOf(ClaimsPrincipal principal) =>
        string.Join('\n', principal.Claims.Where(c => Rights.Contains(c.Type)).Select(c => c.Type + "=" + c.Value).Order(StringComparer.Ordinal));

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken)
    {
        try
        {
            // A scope of its own: the circuit's context would answer with what it has read before.
            await using var scope = scopes.CreateAsyncScope();
            var signIn = scope.ServiceProvider.GetRequiredService<SignInManager<InsightsUser>>();
            if (await signIn.ValidateSecurityStampAsync(authenticationState.User) is not { } user) return false;
            var now = await signIn.CreateUserPrincipalAsync(user);
            if (RightsOf(now) == RightsOf(authenticationState.User)) return true;
            PortalSignIn.Keep(authenticationState.User, now);
            SetAuthenticationState(Task.FromResult(new AuthenticationState(now)));
            return true;
        }
        catch (Exception e) when (e is ObjectDisposedException || PostgresErrors.IsUnavailable(e))
        {
            // Nothing can be read meanwhile, or the portal stops; it is asked again.
            return true;
        }
    }
}

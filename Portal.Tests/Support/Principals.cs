using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>Says who looks at a rendered page.</summary>
public sealed class Principals(Task<AuthenticationState> state) : AuthenticationStateProvider
{
    /// <summary>The administrator of a tenant.</summary>
    public static AuthenticationState Admin(int tenant = 1) => new(new ClaimsPrincipal(new ClaimsIdentity(
        [new Claim(ClaimTypes.Name, "Ada"), new Claim(ClaimTypes.Email, "ada@example.org"), new Claim(ClaimTypes.Role, PortalUser.AdminRole), new Claim(PageAccess.TenantClaim, tenant.ToString(CultureInfo.InvariantCulture))], "test")));

    /// <summary>Somebody who has not signed in.</summary>
    public static AuthenticationState Nobody() => new(new ClaimsPrincipal(new ClaimsIdentity()));

    public override Task<AuthenticationState> GetAuthenticationStateAsync() => state;
}

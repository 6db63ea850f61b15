using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>Says who looks at a rendered page.</summary>
public sealed class Principals(Task<AuthenticationState> state) : AuthenticationStateProvider
{
    /// <summary>The administrator of tenant 1.</summary>
    public static AuthenticationState Admin() => new(new ClaimsPrincipal(new ClaimsIdentity(
        [new Claim(ClaimTypes.Name, "Ada"), new Claim(ClaimTypes.Email, "ada@example.org"), new Claim(ClaimTypes.Role, PortalUser.AdminRole), new Claim(PageAccess.TenantClaim, "1")], "test")));

    public override Task<AuthenticationState> GetAuthenticationStateAsync() => state;
}

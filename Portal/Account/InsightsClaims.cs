using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>What a signed-in person's cookie says: who, of which tenant, and which links to show. Rights are asked again at each reading.</summary>
internal sealed class InsightsClaims(
    UserManager<InsightsUser> users, RoleManager<IdentityRole> roles, IOptions<IdentityOptions> options, DirectoryReports directory)
    : UserClaimsPrincipalFactory<InsightsUser, IdentityRole>(users, roles, options)
{
    protected override async Task<ClaimsIdentity> GenerateClaimsAsync(InsightsUser user)
    {
        var identity = await base.GenerateClaimsAsync(user);
        identity.AddClaim(new Claim(PageAccess.TenantClaim, user.TenantId.ToString(CultureInfo.InvariantCulture)));
        if (user.IsAdmin) identity.AddClaim(new Claim(identity.RoleClaimType, PortalUser.AdminRole));
        if (user.UserKey is not { } key) return identity;
        identity.AddClaim(new Claim(PortalUser.UserClaim, key));
        if (await directory.NameAsync(user.TenantId, key, CancellationToken.None) is { } name) identity.AddClaim(new Claim(PortalUser.NameClaim, name));
        foreach (var (group, role, groupName) in await directory.ManagedGroupsAsync(user.TenantId, key, CancellationToken.None))
            identity.AddClaim(new Claim(PortalUser.ManagesClaim, $"{group}|{role}|{groupName}"));
        return identity;
    }
}

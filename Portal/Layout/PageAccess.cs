using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Layout;

/// <summary>What somebody may want to see of a group.</summary>
public enum GroupRight
{
    /// <summary>What the members do: owner, admin, moderator.</summary>
    Members,

    /// <summary>Usage and storage: owner and admin.</summary>
    Usage,

    /// <summary>Costs, plan and decisions: owner.</summary>
    Money,
}

/// <summary>Who looks at a page.</summary>
public sealed record Viewer(Tenant Tenant, string? UserKey, string Name, string Email, bool IsAdmin)
{
    /// <summary>Today in the billing zone.</summary>
    public LocalDate Today(TimeProvider time) => Instant.FromDateTimeOffset(time.GetUtcNow()).InZone(Tenant.Zone).Date;

    /// <summary>Under which name this person is told things: the user, or the address of who is none.</summary>
    public string Recipient => UserKey is { } key ? "user:" + key : "email:" + Email;

    /// <summary>Who makes a change, for the audit log.</summary>
    public Actor Actor(TimeProvider time) => new(Email, Instant.FromDateTimeOffset(time.GetUtcNow()));
}

/// <summary>Says who looks at a page and what that person may see; every page asks here before it reads, and again at each reading.</summary>
public sealed class PageAccess(AuthenticationStateProvider authentication, TenantStore tenants, DirectoryReports directory)
{
    public const string TenantClaim = "insights:tenant";

    /// <summary>The signed-in person; null where nobody is.</summary>
    public async Task<Viewer?> ViewerAsync(CancellationToken cancel)
    {
        var principal = (await authentication.GetAuthenticationStateAsync()).User;
        if (PortalUser.From(principal) is not { } user || !int.TryParse(principal.FindFirstValue(TenantClaim), CultureInfo.InvariantCulture, out var tenantId)) return null;
        return new Viewer(await tenants.GetAsync(tenantId, cancel), user.Key.Length > 0 ? user.Key : null, user.Name, principal.FindFirstValue(ClaimTypes.Email) ?? user.Name, user.IsAdmin);
    }

    /// <summary>The administrator who looks; null for everybody else.</summary>
    public async Task<Viewer?> AdminAsync(CancellationToken cancel) => await ViewerAsync(cancel) is { IsAdmin: true } viewer ? viewer : null;

    /// <summary>The viewer, when that person has this right in the group now (the directory says so, not the sign-in); null otherwise, and where the tenant has no such group.</summary>
    public async Task<Viewer?> ForGroupAsync(string group, GroupRight right, CancellationToken cancel)
    {
        if (await ViewerAsync(cancel) is not { } viewer) return null;
        if (viewer.IsAdmin) return await directory.KnowsAsync(viewer.Tenant.Id, "group", group, cancel) ? viewer : null;
        if (viewer.UserKey is not { } key) return null;
        var role = await directory.RoleAsync(viewer.Tenant.Id, await directory.PresentSlugAsync(viewer.Tenant.Id, group, cancel), key, cancel);
        var may = right switch
        {
            GroupRight.Members => role is "owner" or "admin" or "moderator",
            GroupRight.Usage => role is "owner" or "admin",
            _ => role == "owner",
        };
        return may ? viewer : null;
    }

    /// <summary>Whether a viewer decides about a group's plan: its owner does, and nobody for the owner.</summary>
    public async Task<bool> DecidesAsync(Viewer viewer, string group, CancellationToken cancel) =>
        viewer.UserKey is { } key && await directory.RoleAsync(viewer.Tenant.Id, group, key, cancel) == "owner";

    /// <summary>
    /// Who decides about a group's plan, for a member who may not: "You cannot change this plan. Oleg Petrenko (owner) can." Null for who
    /// is no member, as it is not their group to ask about.
    /// </summary>
    public async Task<string?> WhoDecidesAsync(string group, CancellationToken cancel)
    {
        if (await ViewerAsync(cancel) is not { UserKey: { } key } viewer) return null;
        var slug = await directory.PresentSlugAsync(viewer.Tenant.Id, group, cancel);
        if (await directory.RoleAsync(viewer.Tenant.Id, slug, key, cancel) is null) return null;
        return Words.Say("You cannot change this plan. {0} can.", await OwnersAsync(viewer.Tenant.Id, slug, cancel));
    }

    /// <summary>"Oleg Petrenko (owner)"; "Its owner" where nobody is known.</summary>
    public async Task<string> OwnersAsync(int tenantId, string group, CancellationToken cancel)
    {
        var owners = (await directory.MembersAsync(tenantId, group, cancel)).Where(m => m.Role == "owner").Select(m => Words.Say("{0} (owner)", m.Name)).ToList();
        return owners.Count == 0 ? Words.Say("Its owner") : owners.Aggregate((some, one) => Words.Say("{0} or {1}", some, one));
    }
}

using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Infrastructure.Account;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>
/// Whose account it is that a provider vouches for. OpenMeet names the directory's user by slug and tenant; any other provider by an
/// address that it has confirmed. Roles in groups are the directory's; whether somebody runs the platform is what the provider says, if it does.
/// </summary>
internal sealed class OidcAccounts(UserManager<InsightsUser> users, TenantStore tenants, DirectoryReports directory, AccountLog log, OidcSettings settings)
{
    /// <summary>Under which key a provider's person is linked. A slug of OpenMeet is one only within its tenant.</summary>
    public string KeyOf(ClaimsPrincipal person) => settings.IsOpenMeet ? $"{TenantOf(person)}/{person.FindFirstValue("sub")}" : person.FindFirstValue("sub") ?? "";

    /// <summary>The account, linked from now on; else why there is none.</summary>
    public async Task<(InsightsUser? User, string? Fault)> FindAsync(ClaimsPrincipal person, CancellationToken cancel)
    {
        if (person.FindFirstValue("sub") is not { Length: > 0 and < 128 } subject) return (null, Nobody);
        var key = KeyOf(person);
        if (await users.FindByLoginAsync(OidcSettings.Scheme, key) is { } linked) return (await WithRoleAsync(linked, person, cancel), null);
        if (await tenants.FindAsync(TenantOf(person), cancel) is not { } tenant) return (null, Nobody);
        var (email, isConfirmed) = (person.FindFirstValue("email"), string.Equals(person.FindFirstValue("email_verified"), "true", StringComparison.OrdinalIgnoreCase));
        string? slug;
        if (settings.IsOpenMeet) slug = subject;
        else if (!isConfirmed || email is null) return (null, Nobody);
        else if (await users.FindByEmailAsync(email) is { } same) return same.EmailConfirmed && same.TenantId == tenant.Id ? await LinkedAsync(same, person, key, cancel) : (null, Nobody);
        else slug = await directory.UserByEmailAsync(tenant.Id, email, cancel);
        if (slug is null) return (null, Nobody);
        var user = await users.Users.Where(u => u.TenantId == tenant.Id && u.UserKey == slug).OrderBy(u => u.Id).FirstOrDefaultAsync(cancel);
        return user is not null ? await LinkedAsync(user, person, key, cancel) : await NewAsync(tenant, slug, email, isConfirmed, person, key, cancel);
    }

    /// <summary>Links an account that somebody is signed in to; null when done, else why not.</summary>
    public async Task<string?> LinkAsync(InsightsUser user, ClaimsPrincipal person, CancellationToken cancel)
    {
        if (person.FindFirstValue("sub") is not { Length: > 0 and < 128 } subject) return Nobody;
        if (settings.IsOpenMeet)
        {
            if (await tenants.FindAsync(TenantOf(person), cancel) is not { } tenant || tenant.Id != user.TenantId) return Words.Say("That account belongs to another community.");
            if (user.UserKey is not null && user.UserKey != subject) return Words.Say("Your account here belongs to {0} at {1}.", user.UserKey, settings.Name);
            user.UserKey = subject;
        }
        var added = await users.AddLoginAsync(user, new UserLoginInfo(OidcSettings.Scheme, KeyOf(person), settings.Name));
        if (!added.Succeeded) return Words.Say("Somebody is linked with that account already.");
        await log.NoteAsync(user, "account.provider.linked", cancel, after: new { provider = settings.Name, key = KeyOf(person) });
        return null;
    }

    private static string Nobody => Words.Say("Nobody here is known by that account. Ask an administrator, or sign in otherwise and link it.");

    private string TenantOf(ClaimsPrincipal person) => settings.IsOpenMeet ? person.FindFirstValue("tenant_id") ?? settings.Tenant : settings.Tenant;

    private async Task<(InsightsUser?, string?)> LinkedAsync(InsightsUser user, ClaimsPrincipal person, string key, CancellationToken cancel)
    {
        var added = await users.AddLoginAsync(user, new UserLoginInfo(OidcSettings.Scheme, key, settings.Name));
        if (!added.Succeeded) return (null, Nobody);
        await log.NoteAsync(user, "account.provider.linked", cancel, after: new { provider = settings.Name, key });
        return (await WithRoleAsync(user, person, cancel), null);
    }

    private async Task<(InsightsUser?, string?)> NewAsync(Tenant tenant, string slug, string? email, bool isConfirmed, ClaimsPrincipal person, string key, CancellationToken cancel)
    {
        // OpenMeet knows people without an address; theirs leads nowhere (RFC 2606), and is confirmed by nobody.
        email ??= $"{slug}@{tenant.Key}.invalid";
        // An address that somebody else has here is not taken over: that one signs in as ever, and links.
        if (await users.FindByEmailAsync(email) is not null) return (null, Words.Say("There is an account with your address. Sign in with its password, and link the other under Security."));
        var user = new InsightsUser { UserName = email, Email = email, EmailConfirmed = isConfirmed, TenantId = tenant.Id, UserKey = slug };
        var made = await users.CreateAsync(user);
        if (!made.Succeeded) return (null, Nobody);
        await log.NoteAsync(user, "account.made", cancel, after: new { provider = settings.Name, key, user.UserKey });
        return await LinkedAsync(user, person, key, cancel);
    }

    // A role that the provider says holds; one that it says nothing about stays.
    private async Task<InsightsUser> WithRoleAsync(InsightsUser user, ClaimsPrincipal person, CancellationToken cancel)
    {
        if (IsAdmin(person) is { } isAdmin && isAdmin != user.IsAdmin)
        {
            user.IsAdmin = isAdmin;
            await users.UpdateAsync(user);
            await log.NoteAsync(user, "account.role.changed", cancel, new { isAdmin = !isAdmin }, new { isAdmin }, settings.Name + " says so.");
        }
        return user;
    }

    private bool? IsAdmin(ClaimsPrincipal person)
    {
        var said = person.FindAll(settings.AdminClaim).Select(c => NameOf(c.Value)).ToList();
        return said.Count == 0 ? null : said.Contains(settings.AdminValue);
    }

    // "admin", or OpenMeet's {"id":1,"name":"admin"}.
    private static string NameOf(string claim)
    {
        if (!claim.StartsWith('{')) return claim;
        try
        {
            using var json = JsonDocument.Parse(claim);
            return json.RootElement.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString()! : claim;
        }
        catch (JsonException)
        {
            return claim;
        }
    }
}

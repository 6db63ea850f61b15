using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Directory;

/// <summary>Who is who: users, groups and their members, told by the platform.</summary>
internal static class DirectoryEndpoints
{
    private const int MostLines = 100_000;

    public static void MapDirectory(this IEndpointRouteBuilder api)
    {
        var directory = api.MapGroup("/directory").WithTags("Directory").RequireScope("directory");
        directory.MapGet("/users", UsersAsync).WithName("ListDirectoryUsers").WithSummary("Users, by key.");
        directory.MapGet("/users/{key}", UserAsync).WithName("GetDirectoryUser").WithSummary("One user.");
        directory.MapPut("/users/{key}", PutUserAsync).WithName("DescribeUser").WithSummary("Describes a user.");
        directory.MapDelete("/users/{key}", EraseAsync).WithName("EraseUser").WithSummary("Erases a person; totals stay.");
        directory.MapGet("/users/{key}/export", ExportAsync).WithName("ExportUser").WithSummary("All that is kept about a person, as one JSON object; who asked stands in the audit log.");
        directory.MapGet("/groups", GroupsAsync).WithName("ListDirectoryGroups").WithSummary("Groups, by key.");
        directory.MapGet("/groups/{key}", GroupAsync).WithName("GetDirectoryGroup").WithSummary("One group.");
        directory.MapPut("/groups/{key}", PutGroupAsync).WithName("DescribeGroup").WithSummary("Describes a group, its owner from a date, or its new slug.");
        directory.MapGet("/groups/{key}/members", MembersAsync).WithName("ListMembers").WithSummary("The members of a group now, or at an instant; null where nothing is known of that time.");
        directory.MapPut("/groups/{key}/members/{userKey}", PutMemberAsync).WithName("DescribeMember").WithSummary("Gives somebody a role in a group.");
        directory.MapDelete("/groups/{key}/members/{userKey}", DeleteMemberAsync).WithName("RemoveMember").WithSummary("Ends a membership; its history stays.");
        directory.MapPost("/sync", SyncAsync).WithName("SyncDirectory").WithSummary("Many descriptions as NDJSON, all or none.")
            .WithMetadata(new Microsoft.AspNetCore.Mvc.RequestSizeLimitAttribute(RequestLimits.DirectoryBytes));
    }

    private static UserDescription? ReadUser(string key, BodyInput input)
    {
        CheckKey("key", key, input);
        var name = input.Text("name", required: true);
        var email = input.Text("email", most: 320);
        var ulid = input.Text("ulid", most: 26);
        var numericId = input.Number("numericId", least: 0);
        var shadow = input.Flag("shadow") ?? false;
        if (numericId is { } id && decimal.Truncate(id) != id) input.Fault("numericId", "not_whole", "'numericId' is a whole number.");
        return input.Faults.Count > 0 ? null : new UserDescription(key, name!, email, ulid, (long?)numericId, shadow);
    }

    private static GroupDescription? ReadGroup(string key, BodyInput input)
    {
        CheckKey("key", key, input);
        var old = input.Key("oldKey");
        var name = input.Text("name", required: old is null && !input.Has("oldKey"));
        var owner = input.Key("ownerKey", required: old is null && !input.Has("oldKey"));
        var zone = input.Text("timeZone");
        if (zone is not null && DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is null) input.Fault("timeZone", "unknown_zone", $"'{zone}' is no IANA time zone such as Europe/Berlin.");
        var from = input.Time("from");
        return input.Faults.Count > 0 ? null : new GroupDescription(key, name, owner, zone, from, old);
    }

    private static MemberDescription? ReadMember(string group, string user, BodyInput input)
    {
        CheckKey("group", group, input);
        CheckKey("user", user, input);
        var role = input.OneOf("role", true, "owner", "admin", "moderator", "member", "guest");
        return input.Faults.Count > 0 ? null : new MemberDescription(group, user, role);
    }

    private static void CheckKey(string path, string key, BodyInput input)
    {
        if (key.Length is 0 || key.EnumerateRunes().Count() > EventCatalogue.KeyLength || key.Contains('\0', StringComparison.Ordinal))
            input.Fault(path, "malformed", $"A key has 1 to {EventCatalogue.KeyLength} characters.");
    }

    private static async Task<IResult> TakeAsync<T>(HttpContext context, DirectoryStore store, TimeProvider time, Func<BodyInput, T?> read, Func<T, object> show) where T : class
    {
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body || read(new BodyInput(body, faults)) is not { } description) return Problems.Input(faults);
        var caller = context.Caller();
        await store.DescribeAsync(caller.Tenant.Id, [description], caller.Actor(time), context.RequestAborted);
        return Results.Json(show(description));
    }

    private static Task<IResult> PutUserAsync(HttpContext context, DirectoryStore store, TimeProvider time, string key) =>
        TakeAsync(context, store, time, input => ReadUser(key, input), u => new { key = u.Key, name = u.Name, email = u.Email, ulid = u.Ulid, numericId = u.NumericId, shadow = u.Shadow });

    private static Task<IResult> PutGroupAsync(HttpContext context, DirectoryStore store, TimeProvider time, string key) =>
        TakeAsync(context, store, time, input => ReadGroup(key, input), g => new
        {
            key = g.Key,
            name = g.Name,
            ownerKey = g.OwnerKey,
            timeZone = g.TimeZone,
            from = g.From is { } from ? Rfc3339.Format(from) : null,
            oldKey = g.OldKey,
        });

    private static Task<IResult> PutMemberAsync(HttpContext context, DirectoryStore store, TimeProvider time, string key, string userKey) =>
        TakeAsync(context, store, time, input => ReadMember(key, userKey, input), m => new { group = m.Group, user = m.User, role = m.Role });

    private static async Task<IResult> DeleteMemberAsync(HttpContext context, DirectoryStore store, DirectoryReports reports, TimeProvider time, string key, string userKey)
    {
        var caller = context.Caller();
        if (await reports.RoleAsync(caller.Tenant.Id, await reports.PresentSlugAsync(caller.Tenant.Id, key, context.RequestAborted), userKey, context.RequestAborted) is null)
            return Problems.NotFound($"'{userKey}' is no member of '{key}'.");
        await store.DescribeAsync(caller.Tenant.Id, [new MemberDescription(key, userKey, null)], caller.Actor(time), context.RequestAborted);
        return Results.NoContent();
    }

    private static async Task<IResult> EraseAsync(HttpContext context, DirectoryStore store, TimeProvider time, string key)
    {
        var caller = context.Caller();
        return await store.EraseAsync(caller.Tenant.Id, key, caller.Actor(time), context.RequestAborted) is null
            ? Problems.NotFound($"Nobody with the key '{key}' was ever seen.")
            : Results.NoContent();
    }

    private static async Task<IResult> ExportAsync(HttpContext context, PersonalData data, TimeProvider time, string key)
    {
        var (caller, actor) = (context.Caller(), context.Caller().Actor(time));
        return await data.OpenAsync(caller.Tenant.Id, key, actor, context.RequestAborted)
            ? Results.Stream(stream => data.WriteAsync(caller.Tenant.Id, key, actor.At, stream, context.RequestAborted), "application/json")
            : Problems.NotFound($"Nobody with the key '{key}' was ever seen.");
    }

    private static async Task<IResult> SyncAsync(HttpContext context, DirectoryStore store, TimeProvider time)
    {
        var faults = new List<InputFault>();
        var descriptions = new List<object>();
        using var reader = new StreamReader(context.Request.Body);
        var index = 0;
        while (await reader.ReadLineAsync(context.RequestAborted) is { } line)
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (index >= MostLines) return Problems.Answer(413, $"At most {MostLines} lines are taken at once.");
            var own = new List<InputFault>();
            if (ReadLine(line, own) is { } description) descriptions.Add(description);
            var at = index++;
            faults.AddRange(own.Select(f => f with { Index = at }));
        }
        if (faults.Count > 0) return Problems.Input(faults);
        var caller = context.Caller();
        await store.DescribeAsync(caller.Tenant.Id, descriptions, caller.Actor(time), context.RequestAborted);
        return Results.Json(new { accepted = descriptions.Count });
    }

    private static object? ReadLine(string line, List<InputFault> faults)
    {
        JsonElement json;
        try
        {
            json = JsonDocument.Parse(line).RootElement;
        }
        catch (JsonException)
        {
            faults.Add(new InputFault("", "malformed", "The line is no JSON."));
            return null;
        }
        if (json.ValueKind != JsonValueKind.Object)
        {
            faults.Add(new InputFault("", "not_an_object", "A description is a JSON object."));
            return null;
        }
        var input = new BodyInput(json, faults);
        return input.OneOf("type", true, "user", "group", "member") switch
        {
            "user" => input.Key("key", required: true) is { } key ? ReadUser(key, input) : null,
            "group" => input.Key("key", required: true) is { } key ? ReadGroup(key, input) : null,
            "member" => input.Key("group", required: true) is { } group && input.Key("user", required: true) is { } user ? ReadMember(group, user, input) : null,
            _ => null,
        };
    }

    // Pages by key: the cursor is the last key of the page before.
    private static object Page<T>(List<T> rows, int limit, Func<T, string> key, Func<T, object> show) =>
        new { items = rows.Take(limit).Select(show), nextCursor = rows.Count > limit ? key(rows[limit - 1]) : null };

    private static async Task<IResult> UsersAsync(HttpContext context, IDbContextFactory<InsightsDbContext> contexts)
    {
        var input = new QueryInput(context.Request);
        var (limit, after) = (input.Limit(100, 1000), input.Text("cursor") ?? "");
        if (input.Faults.Count > 0) return Problems.Input(input.Faults);
        await using var db = await contexts.CreateDbContextAsync(context.RequestAborted);
        var tenant = context.Caller().Tenant.Id;
        var rows = await db.DirectoryUsers.AsNoTracking().Where(u => u.TenantId == tenant && string.Compare(u.Key, after) > 0).OrderBy(u => u.Key).Take(limit + 1).ToListAsync(context.RequestAborted);
        return Results.Json(Page(rows, limit, u => u.Key, Show));
    }

    private static object Show(DirectoryUser u) => new
    {
        key = u.Key,
        name = u.Name,
        email = u.Email,
        ulid = u.Ulid,
        numericId = u.NumericId,
        shadow = u.Shadow,
        seenAt = Rfc3339.Format(u.SeenAt),
        erasedAt = u.ErasedAt is { } at ? Rfc3339.Format(at) : null,
    };

    private static async Task<IResult> UserAsync(HttpContext context, IDbContextFactory<InsightsDbContext> contexts, string key)
    {
        await using var db = await contexts.CreateDbContextAsync(context.RequestAborted);
        var tenant = context.Caller().Tenant.Id;
        return await db.DirectoryUsers.AsNoTracking().SingleOrDefaultAsync(u => u.TenantId == tenant && u.Key == key, context.RequestAborted) is { } user
            ? Results.Json(Show(user))
            : Problems.NotFound($"Nobody with the key '{key}' was ever seen.");
    }

    private static async Task<IResult> GroupsAsync(HttpContext context, IDbContextFactory<InsightsDbContext> contexts)
    {
        var input = new QueryInput(context.Request);
        var (limit, after) = (input.Limit(100, 1000), input.Text("cursor") ?? "");
        if (input.Faults.Count > 0) return Problems.Input(input.Faults);
        await using var db = await contexts.CreateDbContextAsync(context.RequestAborted);
        var tenant = context.Caller().Tenant.Id;
        var rows = await db.DirectoryGroups.AsNoTracking().Where(g => g.TenantId == tenant && string.Compare(g.Key, after) > 0).OrderBy(g => g.Key).Take(limit + 1).ToListAsync(context.RequestAborted);
        return Results.Json(Page(rows, limit, g => g.Key, g => new { key = g.Key, name = g.Name, timeZone = g.TimeZone, seenAt = Rfc3339.Format(g.SeenAt) }));
    }

    private static async Task<IResult> GroupAsync(HttpContext context, IDbContextFactory<InsightsDbContext> contexts, DirectoryReports reports, string key)
    {
        var tenant = context.Caller().Tenant.Id;
        var present = await reports.PresentSlugAsync(tenant, key, context.RequestAborted);
        await using var db = await contexts.CreateDbContextAsync(context.RequestAborted);
        if (await db.DirectoryGroups.AsNoTracking().SingleOrDefaultAsync(g => g.TenantId == tenant && g.Key == present, context.RequestAborted) is not { } group)
            return Problems.NotFound($"No group with the key '{key}' was ever seen.");
        var owners = await db.GroupOwners.AsNoTracking().Where(o => o.TenantId == tenant && o.GroupKey == present).OrderBy(o => o.From != null).ThenBy(o => o.From).ThenBy(o => o.Id).ToListAsync(context.RequestAborted);
        var former = await db.GroupSlugs.Where(s => s.TenantId == tenant && s.Key == present).Select(s => s.OldKey).OrderBy(k => k).ToListAsync(context.RequestAborted);
        return Results.Json(new
        {
            key = group.Key,
            name = group.Name,
            timeZone = group.TimeZone,
            seenAt = Rfc3339.Format(group.SeenAt),
            formerKeys = former,
            owners = owners.Select(o => new { ownerKey = o.OwnerKey, from = o.From is { } from ? Rfc3339.Format(from) : null }),
        });
    }

    private static async Task<IResult> MembersAsync(HttpContext context, DirectoryReports reports, string key)
    {
        var tenant = context.Caller().Tenant.Id;
        if (!await reports.KnowsAsync(tenant, "group", key, context.RequestAborted)) return Problems.NotFound($"No group with the key '{key}' was ever seen.");
        var input = new QueryInput(context.Request);
        var at = input.Time("at");
        if (input.Faults.Count > 0) return Problems.Input(input.Faults);
        var group = await reports.PresentSlugAsync(tenant, key, context.RequestAborted);
        var members = at is { } then ? await reports.MembersAtAsync(tenant, group, then, context.RequestAborted) : await reports.MembersAsync(tenant, group, context.RequestAborted);
        return Results.Json(new { items = members?.Select(m => new { user = m.User, name = m.Name, role = m.Role, since = Rfc3339.Format(m.Since) }), nextCursor = (string?)null });
    }
}

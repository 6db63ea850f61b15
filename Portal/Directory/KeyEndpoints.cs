using System.Text.Json;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Directory;

/// <summary>Service keys: listed without their secret, made once, revoked at once.</summary>
internal static class KeyEndpoints
{
    public static void MapKeys(this IEndpointRouteBuilder api)
    {
        var keys = api.MapGroup("/keys").WithTags("Keys").RequireScope("admin");
        keys.MapGet("", ListAsync).WithName("ListKeys").WithSummary("Service keys, without their secret.");
        keys.MapPost("", CreateAsync).WithName("CreateKey").WithSummary("Makes a key; its secret is shown only now.");
        keys.MapDelete("/{id:int}", RevokeAsync).WithName("RevokeKey").WithSummary("Revokes a key at once.");
    }

    private static object Show(ServiceKey k, string? tenant) => new
    {
        id = k.Id,
        name = k.Name,
        prefix = k.Prefix,
        scopes = k.Scopes,
        tenant,
        createdAt = Rfc3339.Format(k.CreatedAt),
        expiresAt = k.ExpiresAt is { } end ? Rfc3339.Format(end) : null,
        lastUsedAt = k.LastUsedAt is { } used ? Rfc3339.Format(used) : null,
        revokedAt = k.RevokedAt is { } at ? Rfc3339.Format(at) : null,
    };

    private static async Task<IResult> ListAsync(HttpContext context, ServiceKeyStore store)
    {
        var caller = context.Caller();
        var keys = await store.ListAsync(caller.Tenant.Id, context.RequestAborted);
        return Results.Json(new { items = keys.Where(k => !caller.TenantBound || k.TenantId is not null).Select(k => Show(k, k.TenantId is null ? null : caller.Tenant.Key)), nextCursor = (string?)null });
    }

    private static async Task<IResult> CreateAsync(HttpContext context, ServiceKeyStore store, TenantStore tenants, TimeProvider time)
    {
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return Problems.Input(faults);
        var (input, caller) = (new BodyInput(body, faults), context.Caller());
        var actor = caller.Actor(time);
        var name = input.Text("name", required: true, most: 100);
        var scopes = new List<string>();
        if (input.Find("scopes") is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() == 0)
            input.Fault("scopes", "required", "'scopes' is an array with at least one of " + string.Join(", ", ServiceKeyStore.AllScopes) + ".");
        else
        {
            foreach (var (scope, index) in list.EnumerateArray().Select((s, i) => (s.ValueKind == JsonValueKind.String ? s.GetString()! : s.GetRawText(), i)))
            {
                if (!ServiceKeyStore.AllScopes.Contains(scope)) input.Fault($"scopes[{index}]", "unknown", $"'{scope}' is none of {string.Join(", ", ServiceKeyStore.AllScopes)}.");
                else if (!caller.Scopes.Contains(scope)) input.Fault($"scopes[{index}]", "too_much", $"A key cannot give the scope '{scope}' that it has not itself.");
                else if (!scopes.Contains(scope)) scopes.Add(scope);
            }
        }
        var tenantKey = input.Text("tenant");
        var tenant = tenantKey is null ? (caller.TenantBound ? caller.Tenant : null) : await tenants.FindAsync(tenantKey, context.RequestAborted);
        if (tenantKey is not null && (tenant is null || (caller.TenantBound && tenant.Id != caller.Tenant.Id))) input.Fault("tenant", "unknown", $"There is no tenant '{tenantKey}'.");
        var expires = input.Time("expiresAt");
        if (expires <= actor.At) input.Fault("expiresAt", "in_the_past", "'expiresAt' must lie ahead.");
        if (faults.Count > 0) return Problems.Input(faults);
        var (key, secret) = await store.CreateAsync(name!, scopes, tenant?.Id, expires, caller.Tenant.Id, actor, context.RequestAborted);
        var json = JsonSerializer.SerializeToNode(Show(key, tenant?.Key), JsonSerializerOptions.Web)!;
        json["key"] = secret;
        return Results.Json(json, statusCode: 201);
    }

    private static async Task<IResult> RevokeAsync(HttpContext context, ServiceKeyStore store, TimeProvider time, int id)
    {
        var caller = context.Caller();
        return await store.RevokeAsync(id, caller.Tenant.Id, caller.Actor(time), context.RequestAborted, boundOnly: caller.TenantBound) ? Results.NoContent() : Problems.NotFound($"There is no key {id}.");
    }
}

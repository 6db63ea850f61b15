using System.Text.Json;
using System.Text.Json.Nodes;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Directory;

/// <summary>Tenants: made and changed by an unbound key.</summary>
internal static class TenantEndpoints
{
    public static void MapTenants(this IEndpointRouteBuilder api)
    {
        var tenants = api.MapGroup("/tenants").WithTags("Tenants").RequireScope("admin");
        tenants.MapGet("", ListAsync).WithName("ListTenants").WithSummary("All tenants that the key may name.");
        tenants.MapGet("/{key}", GetAsync).WithName("GetTenant").WithSummary("One tenant.");
        tenants.MapPut("/{key}", PutAsync).WithName("PutTenant").WithSummary("Makes or changes a tenant.");
    }

    private static async Task<IResult> ListAsync(HttpContext context, TenantStore store, TimeProvider time)
    {
        var caller = context.Caller();
        var tenants = caller.TenantBound ? [caller.Tenant] : await store.ListAsync(context.RequestAborted);
        return Results.Json(new { items = tenants.Select(t => TenantStore.Show(t, caller.Actor(time).At)), nextCursor = (string?)null });
    }

    private static async Task<IResult> GetAsync(HttpContext context, TenantStore store, TimeProvider time, string key)
    {
        var caller = context.Caller();
        return await store.FindAsync(key, context.RequestAborted) is { } tenant && (!caller.TenantBound || tenant.Id == caller.Tenant.Id)
            ? Results.Json(TenantStore.Show(tenant, caller.Actor(time).At))
            : Problems.NotFound($"There is no tenant '{key}'.");
    }

    private static async Task<IResult> PutAsync(HttpContext context, TenantStore store, MeterCatalog catalog, TimeProvider time, string key)
    {
        var caller = context.Caller();
        if (caller.TenantBound) return Problems.Answer(403, "A key that is bound to a tenant makes and changes none.");
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return Problems.Input(faults);
        var input = new BodyInput(body, faults);
        var actor = caller.Actor(time);
        var now = actor.At;
        var known = await store.FindAsync(key, context.RequestAborted);
        if (key.Length > 63 || key.Any(char.IsWhiteSpace)) input.Fault("key", "malformed", "A tenant's key has 1 to 63 characters without spaces.");
        var change = input.ReadTenant(known, now);
        var defaults = await ReadDefaultsAsync(input, catalog, known ?? caller.Tenant, context.RequestAborted);
        if (faults.Count > 0) return Problems.Input(faults);

        var own = caller.Tenant.TermsAt(now);
        var tenant = known ?? await store.EnsureAsync(
            new NewTenant(key, change.Name!, change.Currency ?? own.Currency, change.BillingTimeZone ?? own.BillingTimeZone, change.Attribution ?? AttributionPolicy.Default.Name, change.SplitPercent), actor, context.RequestAborted);
        tenant = await store.ChangeAsync(tenant.Id, change with { DefaultLimits = defaults }, actor, context.RequestAborted);
        return Results.Json(TenantStore.Show(tenant, now), statusCode: known is null ? 201 : 200);
    }

    private static async Task<JsonObject?> ReadDefaultsAsync(BodyInput input, MeterCatalog catalog, Tenant tenant, CancellationToken cancel)
    {
        if (input.Find("defaultLimits") is not { } json) return null;
        if (json.ValueKind != JsonValueKind.Object)
        {
            input.Fault("defaultLimits", "not_an_object", "'defaultLimits' maps meters to {limit, limitKind}.");
            return null;
        }
        var meters = await catalog.GetAsync(tenant.Id, cancel);
        var limits = new JsonObject();
        foreach (var member in json.EnumerateObject())
        {
            var own = new List<InputFault>();
            if (meters.Find(member.Name)?.Meter.IsPriceable != true) own.Add(new InputFault("", "unknown_meter", $"There is no meter '{member.Name}' that can be limited."));
            if (member.Value.ValueKind != JsonValueKind.Object) own.Add(new InputFault("", "not_an_object", "A limit is {limit, limitKind}."));
            else
            {
                var item = new BodyInput(member.Value, own);
                var limit = item.Number("limit", required: true, least: 0);
                var kind = item.OneOf("limitKind", true, "soft", "hard");
                limits[member.Name] = new JsonObject { ["limit"] = Wire.Number(limit), ["limitKind"] = kind };
            }
            foreach (var fault in own) input.Fault($"defaultLimits.{member.Name}{(fault.Path.Length > 0 ? "." : "")}{fault.Path}", fault.Code, fault.Detail);
        }
        return limits;
    }
}

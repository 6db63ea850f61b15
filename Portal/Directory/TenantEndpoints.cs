using System.Text.Json;
using System.Text.Json.Nodes;
using NodaTime;
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
        var name = input.Text("name", required: known is null);
        var currency = input.Text("currency");
        if (currency is not null && !Domain.Money.Currency.TryParse(currency, out _)) input.Fault("currency", "unknown_currency", $"'{currency}' is no ISO 4217 code such as USD.");
        var zone = input.Text("billingTimeZone");
        if (zone is not null && DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is null) input.Fault("billingTimeZone", "unknown_zone", $"'{zone}' is no IANA time zone such as Europe/Berlin.");
        var attribution = input.OneOf("attribution", false, [.. AttributionPolicy.Names]);
        var split = input.Number("splitPercent", least: 0);
        if (split > 100 || (split is { } p && decimal.Round(p, 4) != p)) input.Fault("splitPercent", "out_of_range", "'splitPercent' is the group's part, from 0 to 100 with at most 4 decimals.");
        var policy = attribution ?? (known is null ? "group-carries" : (known.ComingAfter(now) ?? known.TermsAt(now)).Attribution);
        if (attribution == "split" && split is null && !input.Has("splitPercent")) input.Fault("splitPercent", "required", "'split' needs 'splitPercent', the group's part in percent.");
        if (split is not null && policy != "split") input.Fault("splitPercent", "ambiguous", "'splitPercent' belongs to the policy 'split'.");
        var defaultPlan = input.Text("defaultPlan");
        var defaults = await ReadDefaultsAsync(input, catalog, known ?? caller.Tenant, context.RequestAborted);
        if (faults.Count > 0) return Problems.Input(faults);

        var own = caller.Tenant.TermsAt(now);
        var tenant = known ?? await store.EnsureAsync(
            new NewTenant(key, name!, currency ?? own.Currency, zone ?? own.BillingTimeZone, policy, split), actor, context.RequestAborted);
        tenant = await store.ChangeAsync(tenant.Id, new TenantChange(name, currency, zone, attribution, split, defaultPlan, defaults), actor, context.RequestAborted);
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

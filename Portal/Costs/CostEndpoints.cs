using System.Globalization;
using Microsoft.Net.Http.Headers;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Costs;

/// <summary>The whole platform's costs, the rates, and the bills.</summary>
internal static class CostEndpoints
{
    public static void MapCosts(this IEndpointRouteBuilder api)
    {
        api.MapGet("/costs", ListAsync).RequireScope("read").WithTags("Costs").WithName("ListCosts").WithSummary("Cost by user or group, dearest first.");
        var rates = api.MapGroup("/rates").WithTags("Costs").RequireScope("admin");
        rates.MapGet("", RatesAsync).WithName("ListRates").WithSummary("All unit-cost rates with their history.");
        rates.MapGet("/{id:long}", RateAsync).WithName("GetRate").WithSummary("One rate.");
        rates.MapPost("", AddRateAsync).WithName("SetRate").WithSummary("What one unit costs from an instant on.");
        var pools = api.MapGroup("/cost-pools").WithTags("Costs").RequireScope("admin");
        pools.MapGet("", BillsAsync).WithName("ListCostPools").WithSummary("Bills with their history.");
        pools.MapGet("/{id:long}", BillAsync).WithName("GetCostPool").WithSummary("One bill.");
        pools.MapPost("", AddBillAsync).WithName("AddCostPool").WithSummary("A provider's bill for a month, shared by a driver; or, as text/csv, a file of bills, of which all are stored or none.")
            .WithMetadata(new Microsoft.AspNetCore.Mvc.RequestSizeLimitAttribute(4 * BillFile.MostBytes));
    }

    private static async Task<IResult> ListAsync(HttpContext context, CostReports reports, TimeProvider time)
    {
        var caller = context.Caller();
        if (caller.UserKey is not null) return Problems.Answer(403, "The platform's costs are for services and administrators.");
        var input = new QueryInput(context.Request);
        var range = input.ReadRange(caller.Tenant, time);
        var by = input.Text("by") ?? "user";
        if (by is not ("user" or "group")) input.Faults.Add(new InputFault("by", "unknown", "'by' is user or group."));
        var view = input.Text("view") ?? "carried";
        if (view is not ("carried" or "acted")) input.Faults.Add(new InputFault("view", "unknown", "'view' is carried or acted."));
        if (view == "acted" && by == "group") input.Faults.Add(new InputFault("view", "unknown", "'view=acted' is by user."));
        var limit = input.Limit(100, 1000);
        var start = 0;
        if (input.Text("cursor") is { } cursor && !(cursor.StartsWith('c') && int.TryParse(cursor.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out start)))
            input.Faults.Add(new InputFault("cursor", "malformed", "'cursor' is the nextCursor of the page before."));
        if (input.Faults.Count > 0) return Problems.Input(input.Faults);

        var costs = await reports.PlatformAsync(caller.Tenant, range!.Value, by, view == "acted", context.RequestAborted);
        return Results.Json(new
        {
            period = input.Text("from") is null ? BillingPeriod.Containing(costs.Range.From, caller.Tenant.Zone).ToString() : null,
            from = Rfc3339.Format(costs.Range.From),
            to = Rfc3339.Format(costs.Range.To),
            by,
            view,
            currency = costs.Currency.Code,
            items = costs.Items.Skip(start).Take(limit).Select(i => new { account = i.Account, name = i.Name, unitRates = Wire.Number(i.UnitRates.Value), pools = Wire.Money(i.Pools), total = Wire.Number(i.Total.Value) }),
            nextCursor = start + limit < costs.Items.Count ? "c" + (start + limit).ToString(CultureInfo.InvariantCulture) : null,
            totals = new { unitRates = Wire.Number(costs.UnitRates.Value), pools = Wire.Money(costs.Pools), idle = Wire.Money(costs.Idle), total = Wire.Number((costs.UnitRates + costs.Pools).Value) },
            unattributed = new { unitRates = Wire.Number(costs.UnattributedUnitRates.Value), pools = Wire.Money(costs.UnattributedPools), total = Wire.Number((costs.UnattributedUnitRates + costs.UnattributedPools).Value) },
            idle = costs.Bills.Where(b => b.Idle.Value != 0).Select(b => new { pool = b.Pool, amount = Wire.Money(b.Idle) }),
        });
    }

    private static async Task<IResult> RatesAsync(HttpContext context, CostStore store) =>
        Results.Json(new { items = (await store.RatesAsync(context.Caller().Tenant.Id, context.RequestAborted)).Select(Show), nextCursor = (string?)null });

    private static async Task<IResult> RateAsync(HttpContext context, CostStore store, long id) =>
        (await store.RatesAsync(context.Caller().Tenant.Id, context.RequestAborted)).FirstOrDefault(r => r.Id == id) is { } rate ? Results.Json(Show(rate)) : Problems.NotFound($"There is no rate {id}.");

    private static async Task<IResult> BillAsync(HttpContext context, CostStore store, long id) =>
        (await store.BillsAsync(context.Caller().Tenant.Id, null, replaced: true, context.RequestAborted)).FirstOrDefault(b => b.Id == id) is { } bill
            ? Results.Json(Show(bill))
            : Problems.NotFound($"There is no bill {id}.");

    private static object Show(UnitRate r) => new
    {
        id = r.Id,
        meter = r.Meter,
        unitCost = Wire.Number(r.UnitCost),
        currency = r.Currency,
        from = Rfc3339.Format(r.From),
        createdAt = Rfc3339.Format(r.CreatedAt),
        createdBy = r.CreatedBy,
    };

    private static async Task<IResult> AddRateAsync(HttpContext context, CostStore store, MeterCatalog catalog, TimeProvider time)
    {
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return Problems.Input(faults);
        var (input, caller) = (new BodyInput(body, faults), context.Caller());
        var meter = await ReadMeterAsync(input, "meter", catalog, caller, priceable: true, context.RequestAborted);
        var cost = input.Number("unitCost", required: true, least: 0);
        var from = input.Time("from", required: true);
        var currency = input.Currency("currency", caller.Tenant, from);
        if (faults.Count > 0) return Problems.Input(faults);
        return Results.Json(Show(await store.AddRateAsync(caller.Tenant.Id, meter!.Meter.Slug, cost!.Value, currency!, from!.Value, caller.Actor(time), context.RequestAborted)), statusCode: 201);
    }

    /// <summary>Reads the slug of a meter that can be priced, or can drive.</summary>
    internal static async Task<StoredMeter?> ReadMeterAsync(BodyInput input, string name, MeterCatalog catalog, ApiCaller caller, bool priceable, CancellationToken cancel)
    {
        if (input.Text(name, required: true) is not { } slug) return null;
        if ((await catalog.GetAsync(caller.Tenant, cancel)).Find(slug) is not { } stored) input.Fault(name, "unknown_meter", $"There is no meter '{slug}'.");
        else if (!(priceable ? stored.Meter.IsPriceable : stored.Meter.IsAdditive)) input.Fault(name, "not_additive", $"Meter '{slug}' does not add up over time, so it cannot be used here.");
        else return stored;
        return null;
    }

    private static async Task<IResult> BillsAsync(HttpContext context, CostStore store)
    {
        var input = new QueryInput(context.Request);
        var bills = await store.BillsAsync(context.Caller().Tenant.Id, input.Text("period"), replaced: true, context.RequestAborted);
        return Results.Json(new { items = bills.Select(Show), nextCursor = (string?)null });
    }

    private static object Show(Bill b) => new
    {
        id = b.Id,
        name = b.Name,
        period = b.Period,
        amount = Wire.Money(b.Total),
        currency = b.Currency,
        driver = b.Driver,
        idlePercent = Wire.Number(b.IdlePercent),
        createdAt = Rfc3339.Format(b.CreatedAt),
        createdBy = b.CreatedBy,
        replacedAt = b.ReplacedAt is { } at ? Rfc3339.Format(at) : null,
    };

    private static async Task<IResult> AddBillAsync(HttpContext context, CostStore store, MeterCatalog catalog, TimeProvider time)
    {
        var (caller, faults) = (context.Caller(), new List<InputFault>());
        var (actor, meters) = (caller.Actor(time), await catalog.GetAsync(caller.Tenant.Id, context.RequestAborted));
        if (MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var media) && media.MediaType.Equals("text/csv", StringComparison.OrdinalIgnoreCase))
        {
            var text = await BillFile.ReadTextAsync(context.Request.Body, faults, context.RequestAborted);
            var bills = text is null ? [] : BillFile.Read(text, caller.Tenant, meters, actor, faults);
            if (faults.Count > 0) return Problems.Input(faults, faults[0].Code == "too_large" ? 413 : 400);
            var stored = await store.AddBillsAsync(bills, actor, context.RequestAborted);
            return Results.Json(new { items = stored.Select(Show), nextCursor = (string?)null }, statusCode: 201);
        }
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body || new BodyInput(body, faults).ReadBill(caller.Tenant, meters, actor) is not { } bill) return Problems.Input(faults);
        return Results.Json(Show(await store.AddBillAsync(bill, actor, context.RequestAborted)), statusCode: 201);
    }
}

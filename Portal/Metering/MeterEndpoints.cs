using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsvHelper;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Metering;

/// <summary>Meters: listed, made, changed, archived and asked.</summary>
internal static class MeterEndpoints
{
    // How much of an answer is gathered before it is sent on.
    private const int PieceBytes = 16_384;

    public static void MapMeters(this IEndpointRouteBuilder api)
    {
        var meters = api.MapGroup("/meters").WithTags("Meters");
        meters.MapGet("", ListAsync).RequireScope("read", "admin").WithName("ListMeters").WithSummary("All meters, as a bare array.");
        meters.MapPost("", CreateAsync).RequireScope("admin").WithName("CreateMeter").WithSummary("Makes a meter; it counts stored events from the first on.");
        meters.MapGet("/{slug}", GetAsync).RequireScope("read", "admin").WithName("GetMeter").WithSummary("One meter.");
        meters.MapPut("/{slug}", ChangeAsync).RequireScope("admin").WithName("ChangeMeter").WithSummary("Changes what the body names.");
        meters.MapDelete("/{slug}", ArchiveAsync).RequireScope("admin").WithName("ArchiveMeter").WithSummary("Archives a meter.");
        meters.MapPost("/{slug}/backfill", CountAgainAsync).RequireScope("admin").WithName("BackfillMeter").WithSummary("Counts a meter again from the stored events; the numbers of now answer until it is whole.");
        meters.MapGet("/{slug}/query", QueryAsync).RequireScope("read").WithName("QueryMeter").WithSummary("A meter's values over time, as JSON or CSV.");
        meters.MapPost("/{slug}/query", QueryBodyAsync).RequireScope("read").WithName("QueryMeterPost").WithSummary("The same query as a body.");
        meters.MapGet("/{slug}/group-by/{dimension}/values", ValuesAsync).RequireScope("read").WithName("ListMeterGroupByValues").WithSummary("The values of a dimension.");
    }

    private static async Task<IResult> ListAsync(HttpContext context, MeterCatalog catalog) =>
        Results.Json((await catalog.GetAsync(context.Caller().Tenant, context.RequestAborted)).All.Select(Show));

    private static JsonObject Show(StoredMeter stored)
    {
        // A changed meter is shown as it is wanted; while it is being counted, the old definition's numbers answer.
        var shown = stored.Next ?? stored;
        var json = MeterJson.Write(shown.Meter);
        json.Insert(0, "id", stored.PublicId.ToString(CultureInfo.InvariantCulture));
        json["state"] = shown.IsWhole ? "ready" : "backfilling";
        if (!shown.IsWhole) json["progress"] = shown.Progress;
        return json;
    }

    private static async Task<StoredMeter?> FindAsync(HttpContext context, MeterCatalog catalog, string slug)
    {
        var meters = await catalog.GetAsync(context.Caller().Tenant, context.RequestAborted);
        return meters.Find(slug) ?? meters.All.FirstOrDefault(m => m.PublicId.ToString(CultureInfo.InvariantCulture) == slug);
    }

    private static IResult Unknown(string slug) => Problems.NotFound($"There is no meter '{slug}'.");

    private static async Task<IResult> GetAsync(HttpContext context, MeterCatalog catalog, string slug) =>
        await FindAsync(context, catalog, slug) is { } stored ? Results.Json(Show(stored)) : Unknown(slug);

    private static async Task<IResult> CreateAsync(HttpContext context, MeterStore store, TimeProvider time)
    {
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body || MeterJson.Read(body, null, faults) is not { } meter) return Problems.Input(faults);
        var caller = context.Caller();
        return await store.CreateAsync(caller.Tenant.Id, meter, caller.Actor(time), context.RequestAborted) is { } made
            ? Results.Json(Show(made), statusCode: 201)
            : Problems.Conflict($"There is a meter '{meter.Slug}' already.");
    }

    private static async Task<IResult> ChangeAsync(HttpContext context, MeterCatalog catalog, MeterStore store, TimeProvider time, string slug)
    {
        if (await FindAsync(context, catalog, slug) is not { } stored) return Unknown(slug);
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body || MeterJson.Read(body, (stored.Next ?? stored).Meter, faults) is not { } meter) return Problems.Input(faults);
        if (stored.BuiltIn && !MeterStore.SameCounting(stored.Meter, meter))
            return Problems.Conflict($"'{slug}' is a default meter: what it counts is fixed, its name, description, unit and dimensions are not. Make a meter of your own.");
        var caller = context.Caller();
        return Results.Json(Show(await store.ChangeAsync(caller.Tenant.Id, meter, caller.Actor(time), context.RequestAborted)));
    }

    private static async Task<IResult> CountAgainAsync(HttpContext context, MeterCatalog catalog, MeterStore store, TimeProvider time, string slug)
    {
        if (await FindAsync(context, catalog, slug) is not { } stored) return Unknown(slug);
        var caller = context.Caller();
        return Results.Json(Show(await store.CountAgainAsync(caller.Tenant.Id, stored, caller.Actor(time), context.RequestAborted)));
    }

    private static async Task<IResult> ArchiveAsync(HttpContext context, MeterCatalog catalog, MeterStore store, TimeProvider time, string slug)
    {
        if (await FindAsync(context, catalog, slug) is not { } stored) return Unknown(slug);
        if (stored.BuiltIn) return Problems.Conflict($"'{slug}' is a default meter: usage, cost and quotas stand on it, so it stays.");
        var caller = context.Caller();
        await store.ArchiveAsync(caller.Tenant.Id, stored, caller.Actor(time), context.RequestAborted);
        return Results.NoContent();
    }

    private static async Task<IResult> QueryAsync(HttpContext context, MeterCatalog catalog, MeterReports reports, ApiAccess access, TimeProvider time, string slug)
    {
        if (await FindAsync(context, catalog, slug) is not { } stored) return Unknown(slug);
        var input = new QueryInput(context.Request);
        var filter = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var parameter in context.Request.Query.Where(q => q.Key.StartsWith("filterGroupBy[", StringComparison.Ordinal) && q.Key.EndsWith(']')))
            filter[parameter.Key["filterGroupBy[".Length..^1].TrimEnd('[', ']')] = [.. parameter.Value.OfType<string>()];
        var asked = new Asked(
            input.Text("from"), input.Text("to"), input.Text("windowSize"), input.Text("windowTimeZone"), input.Texts("subject"), input.Texts("groupBy"), filter, input.Text("quantile"));
        return await AnswerAsync(context, stored, reports, access, input, asked, time);
    }

    private static async Task<IResult> QueryBodyAsync(HttpContext context, MeterCatalog catalog, MeterReports reports, ApiAccess access, TimeProvider time, string slug)
    {
        if (await FindAsync(context, catalog, slug) is not { } stored) return Unknown(slug);
        var input = new QueryInput(context.Request);
        if (await QueryInput.BodyAsync(context.Request, input.Faults) is not { } body) return Problems.Input(input.Faults);
        string? Text(string name)
        {
            if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return null;
            if (value.ValueKind == JsonValueKind.String) return value.GetString();
            if (value.ValueKind == JsonValueKind.Number) return value.GetRawText();
            input.Faults.Add(new InputFault(name, "not_a_string", $"'{name}' must be a string."));
            return null;
        }
        IReadOnlyList<string> List(string name, JsonElement from)
        {
            if (!from.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return [];
            if (value.ValueKind == JsonValueKind.String) return [value.GetString()!];
            if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String))
                return [.. value.EnumerateArray().Select(v => v.GetString()!)];
            input.Faults.Add(new InputFault(name, "not_a_list", $"'{name}' must be an array of strings."));
            return [];
        }
        var filter = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (body.TryGetProperty("filterGroupBy", out var filters) && filters.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in filters.EnumerateObject()) filter[member.Name] = List(member.Name, filters);
        }
        var asked = new Asked(Text("from"), Text("to"), Text("windowSize"), Text("windowTimeZone"), List("subject", body), List("groupBy", body), filter, Text("quantile"));
        return await AnswerAsync(context, stored, reports, access, input, asked, time);
    }

    private sealed record Asked(
        string? From, string? To, string? WindowSize, string? Zone, IReadOnlyList<string> Subjects, IReadOnlyList<string> GroupBy,
        Dictionary<string, IReadOnlyList<string>> Filter, string? Quantile);

    private static async Task<IResult> AnswerAsync(HttpContext context, StoredMeter stored, MeterReports reports, ApiAccess access, QueryInput input, Asked asked, TimeProvider time)
    {
        var tenantId = context.Caller().Tenant.Id;
        if (await SeenByAsync(context, access, asked) is not { } seen) return Problems.Answer(403, "A user asks for own use, or for that of a group whose usage the user may see ('filterGroupBy[group]').");
        asked = seen;
        var from = input.ReadTime("from", asked.From);
        var to = input.ReadTime("to", asked.To);
        WindowSize? window = null;
        if (asked.WindowSize is { } size)
        {
            // By name only: Enum.TryParse alone takes numbers and lists of names as well.
            if (Enum.GetNames<WindowSize>().Contains(size, StringComparer.OrdinalIgnoreCase)) window = Enum.Parse<WindowSize>(size, ignoreCase: true);
            else input.Faults.Add(new InputFault("windowSize", "unknown_window", "'windowSize' is MINUTE, HOUR, DAY or MONTH."));
        }
        var zone = input.Zone("windowTimeZone", asked.Zone);
        foreach (var name in asked.GroupBy.Where(d => !stored.Meter.HasDimension(d)))
            input.Faults.Add(new InputFault("groupBy", "unknown_dimension", $"Meter '{stored.Meter.Slug}' has no dimension '{name}'."));
        foreach (var name in asked.Filter.Keys.Where(d => !stored.Meter.HasDimension(d)))
            input.Faults.Add(new InputFault($"filterGroupBy[{name}]", "unknown_dimension", $"Meter '{stored.Meter.Slug}' has no dimension '{name}'."));
        var quantile = 0.95;
        if (asked.Quantile is { } text && (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out quantile) || quantile is not (0.5 or 0.9 or 0.95 or 0.99)))
            input.Faults.Add(new InputFault("quantile", "unknown_quantile", "'quantile' is 0.5, 0.9, 0.95 or 0.99."));
        if (input.Faults.Count > 0) return Problems.Input(input.Faults);

        if (from is null || to is null)
        {
            // Open ends: from the first stored event, to now, or past the last event where a clock runs ahead.
            var range = await reports.RangeAsync(tenantId, stored, context.RequestAborted);
            var now = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
            to ??= Instant.Max(now, (range?.Last ?? now) + Duration.FromTicks(10));
            from ??= range is { } known && known.First < to ? known.First : to.Value - Duration.FromTicks(10);
        }
        if (from >= to) return Problems.Input("to", "out_of_order", "'to' must lie after 'from'.");
        var query = new MeterQuery(from.Value, to.Value, window, zone, asked.Subjects, [.. asked.GroupBy.Distinct()], asked.Filter, quantile);
        IReadOnlyList<MeterRow> rows;
        try
        {
            rows = await reports.QueryAsync(tenantId, stored, query, context.RequestAborted);
        }
        catch (ArgumentException e)
        {
            return Problems.Input("windowSize", "too_many_windows", e.Message);
        }
        if (query.Subjects is [var only] && !query.GroupBy.Contains("subject")) rows = [.. rows.Select(r => r with { Subject = only })];
        if (context.Request.Headers.Accept.ToString().Contains("text/csv", StringComparison.OrdinalIgnoreCase)) return Results.Text(WriteCsv(query, rows), "text/csv", Encoding.UTF8);
        await WriteJsonAsync(context.Response, query, asked.WindowSize is null ? null : window, rows, context.RequestAborted);
        return Results.Empty;
    }

    // What a user's own token may ask: that user, or groups that the user runs. Services may ask everything.
    private static async Task<Asked?> SeenByAsync(HttpContext context, ApiAccess access, Asked asked)
    {
        var caller = context.Caller();
        if (caller.UserKey is not { } user || asked.Subjects is [var only] && only == user) return asked;
        if (!asked.Filter.TryGetValue("group", out var groups) || groups.Count == 0) return asked.Subjects.Count == 0 ? asked with { Subjects = [user] } : null;
        foreach (var group in groups)
        {
            if (!await access.MaySeeGroupAsync(caller, group, money: false, context.RequestAborted)) return null;
        }
        return asked;
    }

    // Straight into the answer, piece by piece: as one array a long answer would be a large object, and each of those costs a full collection.
    private static async Task WriteJsonAsync(HttpResponse response, MeterQuery query, WindowSize? window, IReadOnlyList<MeterRow> rows, CancellationToken cancel)
    {
        response.ContentType = "application/json; charset=utf-8";
        // All series have the same windows.
        var times = new Dictionary<Instant, JsonEncodedText>();
        JsonEncodedText Text(Instant time) => times.TryGetValue(time, out var text) ? text : times[time] = JsonEncodedText.Encode(Rfc3339.Format(time));
        await using var json = new Utf8JsonWriter(response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("from", Rfc3339.Format(query.From));
        json.WriteString("to", Rfc3339.Format(query.To));
        if (window is { } size) json.WriteString("windowSize", size.ToString().ToUpperInvariant());
        json.WriteStartArray("data");
        foreach (var row in rows)
        {
            json.WriteStartObject();
            json.WritePropertyName("value");
            if (row.Exact is { } exact) json.WriteRawValue(exact, skipInputValidation: true);
            else json.WriteNullValue();
            json.WriteString("valueExact", row.Exact);
            json.WriteString("windowStart", Text(row.WindowStart));
            json.WriteString("windowEnd", Text(row.WindowEnd));
            json.WriteString("subject", row.Subject);
            json.WriteStartObject("groupBy");
            foreach (var (name, value) in row.GroupBy) json.WriteString(name, value);
            json.WriteEndObject();
            json.WriteEndObject();
            if (json.BytesPending < PieceBytes) continue;
            json.Flush();
            await response.BodyWriter.FlushAsync(cancel);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string WriteCsv(MeterQuery query, IReadOnlyList<MeterRow> rows)
    {
        var names = query.GroupBy.Where(d => d != "subject").ToArray();
        var bySubject = query.GroupBy.Contains("subject") || query.Subjects.Count == 1;
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = new CsvWriter(text, CultureInfo.InvariantCulture))
        {
            foreach (var name in (string[])["window_start", "window_end", .. bySubject ? ["subject"] : Array.Empty<string>(), .. names, "value"]) csv.WriteField(CsvText.NoFormula(name));
            csv.NextRecord();
            foreach (var row in rows)
            {
                csv.WriteField(Rfc3339.Format(row.WindowStart));
                csv.WriteField(Rfc3339.Format(row.WindowEnd));
                if (bySubject) csv.WriteField(CsvText.NoFormula(row.Subject));
                foreach (var name in names) csv.WriteField(CsvText.NoFormula(row.GroupBy[name]));
                csv.WriteField(row.Exact, shouldQuote: false);
                csv.NextRecord();
            }
        }
        return text.ToString();
    }

    private static async Task<IResult> ValuesAsync(HttpContext context, MeterCatalog catalog, MeterReports reports, string slug, string dimension)
    {
        if (context.Caller().UserKey is not null) return Problems.Answer(403, "Lists of values name others; they are for services.");
        if (await FindAsync(context, catalog, slug) is not { } stored) return Unknown(slug);
        var input = new QueryInput(context.Request);
        var (from, to) = (input.Time("from"), input.Time("to"));
        if (!stored.Meter.HasDimension(dimension))
            input.Faults.Add(new InputFault("dimension", "unknown_dimension", $"Meter '{stored.Meter.Slug}' has no dimension '{dimension}'."));
        if (input.Faults.Count > 0) return Problems.Input(input.Faults);
        return Results.Json(await reports.DimensionValuesAsync(context.Caller().Tenant.Id, stored, dimension, from, to, context.RequestAborted));
    }
}

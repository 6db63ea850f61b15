using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Attribution;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>A tenant of a running portal, spoken to as services speak to it.</summary>
public sealed class TestCommunity(RunningPortal portal, int id, string key, HttpClient http)
{
    /// <summary>The tenant's number in the database.</summary>
    public int Id => id;

    /// <summary>The tenant's key.</summary>
    public string Key => key;

    /// <summary>A client with all scopes for this tenant.</summary>
    public HttpClient Http => http;

    /// <summary>Sends a body of events and answers what came back.</summary>
    public async Task<Answer> PostAsync(string path, string mediaType, byte[] body, params (string Name, string Value)[] headers)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value)) content.Headers.TryAddWithoutValidation(name, value);
        }
        using var response = await http.SendAsync(request);
        return await Answer.ReadAsync(response);
    }

    /// <summary>Sends events as one batch, atomic unless the query says otherwise.</summary>
    public Task<Answer> SendAsync(IEnumerable<JsonObject> events, string query = "") => PostAsync(
        "api/v1/events" + query, "application/cloudevents-batch+json", Encoding.UTF8.GetBytes("[" + string.Join(",", events.Select(e => e.ToJsonString())) + "]"));

    /// <summary>Sends a text that claims to be one event.</summary>
    public Task<Answer> SendTextAsync(string json) => PostAsync("api/v1/events", "application/cloudevents+json", Encoding.UTF8.GetBytes(json));

    /// <summary>Sends events that must all be new.</summary>
    public async Task StoreAsync(params JsonObject[] events)
    {
        var answer = await SendAsync(events);
        Assert.Equal((HttpStatusCode.OK, events.Length), (answer.Status, answer.Accepted));
    }

    /// <summary>Voids an event.</summary>
    public async Task<Answer> VoidAsync(string source, string eventId, string reason = "sent by mistake")
    {
        using var response = await http.PostAsJsonAsync("api/v1/events/void", new { source, id = eventId, reason });
        return await Answer.ReadAsync(response);
    }

    /// <summary>Gets anything.</summary>
    public async Task<Answer> GetAsync(string path)
    {
        using var response = await http.GetAsync(path);
        return await Answer.ReadAsync(response);
    }

    /// <summary>Sends a JSON body.</summary>
    public async Task<Answer> JsonAsync(HttpMethod method, string path, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var response = await http.SendAsync(request);
        return await Answer.ReadAsync(response);
    }

    /// <summary>Asks a meter; the answer must be a success. Rows in the order of the answer.</summary>
    public async Task<IReadOnlyList<MeterAnswerRow>> QueryAsync(string meter, string query)
    {
        var answer = await GetAsync($"api/v1/meters/{meter}/query?{query}");
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return MeterAnswerRow.ReadAll(answer.Json);
    }

    /// <summary>The only value of a query.</summary>
    public async Task<string?> ValueAsync(string meter, string query) => Assert.Single(await QueryAsync(meter, query)).Exact;

    /// <summary>The ids of stored events, in the order of the list.</summary>
    public async Task<string[]> IdsAsync(string query = "") =>
        [.. (await GetAsync("api/v1/events" + query)).Json.EnumerateArray().Select(e => e.GetProperty("event").GetProperty("id").GetString()!)];

    /// <summary>Counts everything again; must find no difference. Answers how many events count.</summary>
    public async Task<long> RecountAsync()
    {
        var result = await portal.Services.GetRequiredService<Recount>().RunAsync(id, CancellationToken.None);
        Assert.Empty(result.Differences);
        return result.Events;
    }

    /// <summary>Puts days and months behind the hours that are past, as the hourly job does; answers the steps that it took.</summary>
    public Task<int> TierAsync() => portal.Services.GetRequiredService<RollupTiers>().CatchUpAsync(id, CancellationToken.None);

    /// <summary>What carriers have of a meter over a range, by the carrier's key; nobody is the empty key.</summary>
    public async Task<Dictionary<string, CarriedQuantity>> CarriedAsync(string meter, Instant from, Instant to)
    {
        await using var connection = await portal.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync();
        var meters = await portal.Services.GetRequiredService<MeterCatalog>().GetAsync(connection, id, CancellationToken.None);
        var carried = await CarriedQuantities.ReadAsync(
            connection, id, meters.Attribution, [meters.Find(meter)!], RollupScope.Carrier, null, new TimeRange(from, to), CancellationToken.None);
        return carried.ToDictionary(c => c.Key.Key, c => c.Value, StringComparer.Ordinal);
    }
}

/// <summary>What the portal answered.</summary>
public sealed record Answer(HttpStatusCode Status, string MediaType, string Text)
{
    /// <summary>The body as JSON.</summary>
    public JsonElement Json
    {
        get
        {
            using var document = JsonDocument.Parse(Text);
            return document.RootElement.Clone();
        }
    }

    public int Accepted => Json.GetProperty("accepted").GetInt32();

    public int Duplicates => Json.GetProperty("duplicates").GetInt32();

    /// <summary>The faults of a problem or of a partial answer as "index path code".</summary>
    public string[] Faults =>
    [
        .. Json.GetProperty(Status == HttpStatusCode.OK ? "rejected" : "errors").EnumerateArray().Select(f =>
            $"{(f.TryGetProperty("index", out var index) && index.ValueKind == JsonValueKind.Number ? index.GetRawText() : "-")} {f.GetProperty("path").GetString()} {f.GetProperty("code").GetString()}"),
    ];

    public static async Task<Answer> ReadAsync(HttpResponseMessage response) =>
        new(response.StatusCode, response.Content.Headers.ContentType?.MediaType ?? "", await response.Content.ReadAsStringAsync());
}

/// <summary>A row of a meter's answer.</summary>
public sealed record MeterAnswerRow(string From, string To, string? Subject, IReadOnlyDictionary<string, string?> GroupBy, string? Exact, string Value)
{
    public static IReadOnlyList<MeterAnswerRow> ReadAll(JsonElement answer) =>
    [
        .. answer.GetProperty("data").EnumerateArray().Select(r => new MeterAnswerRow(
            r.GetProperty("windowStart").GetString()!, r.GetProperty("windowEnd").GetString()!, r.GetProperty("subject").GetString(),
            r.GetProperty("groupBy").EnumerateObject().ToDictionary(d => d.Name, d => d.Value.GetString()),
            r.GetProperty("valueExact").GetString(), r.GetProperty("value").GetRawText())),
    ];
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Hosting;

/// <summary>
/// The examples of the OpenAPI document take place again, each operation once, in the order of <see cref="ApiStory"/>: what is answered has the
/// members that the example has. After a change: <c>INSIGHTS_WRITE_EXAMPLES=1 ./test --filter-class '*ApiExamplesTests'</c> writes them anew.
/// </summary>
public sealed partial class ApiExamplesTests(AlertPortal portal) : IClassFixture<AlertPortal>
{
    private const int MostRows = 2;
    private const int MostWords = 6;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_example_takes_place_as_it_is_written()
    {
        var c = await portal.NewCommunityAsync();
        await using var hooks = await HookListener.StartAsync();
        var played = new Dictionary<string, ApiExample>(StringComparer.Ordinal);
        var words = new Dictionary<string, string>(StringComparer.Ordinal) { ["tenant"] = c.Key, ["hooks"] = hooks.Address };
        foreach (var step in ApiStory.Steps)
        {
            var body = step.Body is null ? null : Fill(step.Body, words);
            using var request = new HttpRequestMessage(new HttpMethod(step.Method), "api/v1/" + Fill(step.Path, words));
            if (body is not null)
            {
                request.Content = new StringContent(body, Encoding.UTF8);
                request.Content.Headers.ContentType = new(step.Media);
            }
            using var answer = await c.Http.SendAsync(request, Cancel);
            var text = await answer.Content.ReadAsStringAsync(Cancel);
            Assert.True(answer.IsSuccessStatusCode, $"{step.Operation}: {step.Method} {step.Path} {body}: {(int)answer.StatusCode} {text}");
            var response = text.Length == 0 ? null : JsonNode.Parse(text);
            if (step.Keep is { } keep) words[keep] = At(response!, step.At).ToString();
            if (!step.IsShown) continue;
            var json = step.Media != "application/x-ndjson" && step.Media.EndsWith("json", StringComparison.Ordinal);
            string Plain(string s) => Secret().Replace(s.Replace(c.Key, "default", StringComparison.Ordinal).Replace(hooks.Address, "https://hooks.example.org", StringComparison.Ordinal), m => m.Groups[1].Value + "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG");
            var query = step.Path.IndexOf('?', StringComparison.Ordinal) is > 0 and var at ? step.Path[at..] : "";
            played.Add(step.Operation, new ApiExample(
                Fill(query, words), body is null ? null : step.Media, body is null ? null : json ? JsonNode.Parse(Plain(body)) : JsonValue.Create(Plain(body)), (int)answer.StatusCode,
                response is null ? null : Cut(JsonNode.Parse(Plain(text)))));
        }
        if (Environment.GetEnvironmentVariable("INSIGHTS_WRITE_EXAMPLES") is { Length: > 0 })
            await File.WriteAllTextAsync(Checkout.Resolve("Portal/Hosting/ApiExamples.json"), ApiExample.Write(played), Cancel);

        Assert.Equal(played.Keys.Order(StringComparer.Ordinal), ApiExample.All.Keys.Order(StringComparer.Ordinal));
        foreach (var (operation, example) in ApiExample.All)
        {
            var now = played[operation];
            Assert.Equal((operation, example.Status, example.Media), (operation, now.Status, now.Media));
            Assert.Equal((operation, Shape(example.Request)), (operation, Shape(now.Request)));
            Assert.Equal((operation, Shape(example.Response)), (operation, Shape(now.Response)));
        }
    }

    [Fact]
    public async Task Every_operation_says_what_it_does_what_comes_and_what_goes_wrong()
    {
        using var document = JsonDocument.Parse(await portal.Client("").GetStringAsync(new Uri("openapi/v1.json", UriKind.Relative), Cancel));
        Assert.Equal("1.0.0", document.RootElement.GetProperty("info").GetProperty("version").GetString());
        var faults = new List<string>();
        var names = new List<string>();
        foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                var what = $"{operation.Name} {path.Name}";
                string? Text(JsonElement of, string member) => of.TryGetProperty(member, out var text) ? text.GetString() : null;
                if (Text(operation.Value, "operationId") is not { Length: > 0 } name || ApiExample.All.GetValueOrDefault(name) is not { } example)
                {
                    faults.Add(what + " has no example: give it a step in ApiStory");
                    continue;
                }
                names.Add(name);
                if (Text(operation.Value, "summary") is not { Length: > 5 }) faults.Add(what + " has no summary");
                if (!operation.Value.TryGetProperty("tags", out var tags) || tags.GetArrayLength() != 1) faults.Add(what + " has no tag");
                var responses = operation.Value.GetProperty("responses");
                foreach (var status in (int[])[example.Status, 401, 403, 404, 429, 503, .. example.Media is null ? (int[])[] : [400, 413]])
                {
                    if (!responses.TryGetProperty($"{status}", out var response) || Text(response, "description") is not { Length: > 5 }) faults.Add($"{what} does not say when it answers {status}");
                }
                if (example.Response is not null && !responses.GetProperty($"{example.Status}").GetProperty("content").EnumerateObject().Single().Value.TryGetProperty("example", out _)) faults.Add(what + " shows no answer");
                if (example.Media is { } media && !operation.Value.GetProperty("requestBody").GetProperty("content").GetProperty(media).TryGetProperty("example", out _)) faults.Add(what + " shows no body");
                var parameters = operation.Value.GetProperty("parameters").EnumerateArray().ToList();
                faults.AddRange(parameters.Where(p => Text(p, "description") is not { Length: > 3 }).Select(p => $"{what} does not say what '{p.GetProperty("name").GetString()}' is"));
                faults.AddRange(Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(example.Query).Keys.Where(q => parameters.All(p => p.GetProperty("name").GetString() != q)).Select(q => $"{what} is asked with '{q}' and does not name it"));
            }
        }
        Assert.True(names.Count > 100, $"Only {names.Count} operations.");
        Assert.Empty(faults);
        Assert.Empty(ApiExample.All.Keys.Except(names));
    }

    private static string Fill(string text, Dictionary<string, string> words) => words.Aggregate(text, (t, w) => t.Replace("{" + w.Key + "}", w.Value, StringComparison.Ordinal));

    private static JsonNode At(JsonNode node, string path) => path.Split('.').Aggregate(node, (n, part) => int.TryParse(part, out var index) ? n[index]! : n[part]!);

    // A few of many: rows, then words of a list.
    private static JsonNode? Cut(JsonNode? node) => node switch
    {
        JsonObject o => new JsonObject(o.Select(m => KeyValuePair.Create(m.Key, Cut(m.Value)))),
        JsonArray a => new JsonArray([.. a.Take(a.Any(i => i is JsonObject or JsonArray) ? MostRows : MostWords).Select(Cut)]),
        _ => node?.DeepClone(),
    };

    // Every member with its kind; of a list what any of its items has.
    private static string Shape(JsonNode? node)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        void Look(string path, JsonNode? at)
        {
            switch (at)
            {
                case JsonObject o:
                    foreach (var (name, value) in o) Look($"{path}.{name}", value);
                    break;
                case JsonArray a:
                    foreach (var item in a) Look(path + "[]", item);
                    break;
                default:
                    found.Add($"{path} {at?.GetValueKind().ToString().Replace("False", "Flag", StringComparison.Ordinal).Replace("True", "Flag", StringComparison.Ordinal) ?? "Null"}");
                    break;
            }
        }
        Look("", node);
        return string.Join('\n', found);
    }

    [GeneratedRegex("(omi_|whsec_)[A-Za-z0-9_+/=-]{20,}")]
    private static partial Regex Secret();
}

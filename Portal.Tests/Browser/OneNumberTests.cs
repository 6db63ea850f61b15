using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Tests.Exactness;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Browser;

/// <summary>
/// There is one number: the page shows what the API answers, what the page's file holds, what a quota check counts, and what the stored
/// events add up to in a count that shares nothing with the portal's.
/// </summary>
[Collection<OneDemo>]
public sealed class OneNumberTests(DemoPortal portal) : IDisposable
{
    private const int Drawn = 30;

    // Accounts that pay for themselves and meters that their plans speak of, so that a quota check is about the same account.
    private static readonly string[] Planned = ["group:trail-runners", "group:board-game-nights", "group:louisville-makers", "group:code-and-coffee", "group:riverside-book-circle", "user:maya-member"];
    private static readonly string[] Others = ["group:language-exchange", "group:neighborhood-garden", "group:new-in-town", "user:oleg-manager"];
    private static readonly string[] Limited = [PlainMeters.Storage, "emails", "api_calls"];

    private readonly HttpClient _api = portal.Api();
    private readonly List<string> _faults = [];

    public void Dispose() => _api.Dispose();

    [Fact]
    public async Task Page_API_file_quota_and_recount_say_the_same_number()
    {
        var cancel = TestContext.Current.CancellationToken;
        var seed = int.Parse(Environment.GetEnvironmentVariable("INSIGHTS_TEST_SEED") ?? "20261126", CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed} (another with INSIGHTS_TEST_SEED)");
        var random = new Random(seed);
        var ledger = new PlainLedger(await StoredAsync(cancel), Policy.GroupCarries, key => key);
        var names = (await _api.GetFromJsonAsync<JsonElement>("api/v1/meters", cancel)).EnumerateArray().ToDictionary(m => m.GetProperty("slug").GetString()!, m => m.GetProperty("name").GetString()!);
        var books = new PlainBooks(DateTimeZone.Utc);
        var today = Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()).InUtc().Date;
        string[] months = [.. Enumerable.Range(0, 13).Select(ago => today.PlusMonths(-ago).ToString("yyyy-MM", CultureInfo.InvariantCulture))];
        string[] meters = [.. PlainMeters.Priced.Where(names.ContainsKey)];
        var quotas = 0;
        for (var i = 0; i < Drawn; i++)
        {
            var running = i % 3 == 0;
            var account = Any(random, running ? Planned : [.. Planned, .. Others]);
            var meter = Any(random, running ? Limited : meters);
            var month = running ? months[0] : Any(random, months);
            var readings = ledger.Carried(meter, account);
            var stretch = books.Month(month);
            var counted = meter == PlainMeters.Storage
                ? new Counted((PlainLedger.Integral(readings, stretch.From, stretch.To) / 1_000_000_000m / stretch.Seconds).Round(12), PlainLedger.Level(readings, stretch.To).Round(6))
                : new Counted(PlainLedger.Sum(readings, stretch.From, stretch.To).Round(12), null);
            var what = $"{account} {meter} {month}";
            await ComparePageAsync(what, account, meter, names[meter], month, counted);
            await CompareUsageAsync(what, account, meter, month, counted, cancel);
            if (running)
            {
                await CompareQuotaAsync(what, account, meter, counted, cancel);
                quotas++;
            }
        }
        Assert.Equal(Drawn / 3, quotas);
        Assert.True(_faults.Count == 0, $"seed {seed}: {_faults.Count} differences\n{string.Join('\n', _faults)}");
    }

    private async Task<RawEvent[]> StoredAsync(CancellationToken cancel)
    {
        var events = new List<RawEvent>();
        await using var select = portal.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("SELECT event::text FROM ledger WHERE voided_at IS NULL");
        await using var reader = await select.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) events.Add(RawEvent.Parse(reader.GetString(0)));
        return [.. events];
    }

    private async Task ComparePageAsync(string what, string account, string meter, string name, string month, Counted counted)
    {
        var (person, path) = account switch
        {
            "user:maya-member" => (DemoPortal.Member, "/me/usage"),
            "user:oleg-manager" => (DemoPortal.Manager, "/me/usage"),
            _ => (DemoPortal.Admin, $"/groups/{account[6..]}/usage"),
        };
        var window = await portal.OpenAsync(person);
        var answer = await window.APIRequest.GetAsync($"{path}?p={month}&meter={meter}&view=table");
        var html = await new HtmlParser().ParseDocumentAsync(await answer.TextAsync());
        await window.Context.CloseAsync();

        var row = html.QuerySelectorAll("div[aria-label='All meters'] tbody tr").Single(r => r.QuerySelector("th")!.ChildNodes[0].TextContent.Trim() == name);
        var shown = row.QuerySelector("td.n")!.TextContent.Trim() + " " + row.QuerySelectorAll("td")[1].TextContent.Trim();
        Compare(what + " on the page", InWords(counted.Value, row.QuerySelectorAll("td")[1].TextContent.Trim()), shown);
        if (counted.Level is { } level) Compare(what + " stored, on the page", Bytes(level), row.QuerySelector("small")!.TextContent.Trim().Split(" now")[0].Split(" at")[0]);

        var file = html.QuerySelector($"section[aria-label='{name}, day by day'] a[download]")!.GetAttribute("href")!;
        var lines = Encoding.UTF8.GetString(Convert.FromBase64String(file[(file.IndexOf("base64,", StringComparison.Ordinal) + 7)..])).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var days = lines.Skip(1).Select(l => decimal.Parse(l.Split(',')[1], NumberStyles.Float, CultureInfo.InvariantCulture)).ToList();
        Compare(what + " in the page's file", counted.Level ?? counted.Value, counted.Level is null ? days.Sum() : days[^1]);
    }

    private async Task CompareUsageAsync(string what, string account, string meter, string month, Counted counted, CancellationToken cancel)
    {
        var usage = await _api.GetFromJsonAsync<JsonElement>($"api/v1/{account.Replace(":", "s/", StringComparison.Ordinal)}/usage?period={month}", cancel);
        var row = usage.GetProperty("meters").EnumerateArray().Single(m => m.GetProperty("meter").GetString() == meter);
        Compare(what + " by the API", counted.Value, Number(row, "value"));
        if (counted.Level is { } level) Compare(what + " stored, by the API", level, Number(row, "level"));
    }

    private async Task CompareQuotaAsync(string what, string account, string meter, Counted counted, CancellationToken cancel)
    {
        var check = await _api.GetFromJsonAsync<JsonElement>($"api/v1/quotas/check?{account.Replace(':', '=')}&meter={meter}&amount=0", cancel);
        Compare(what + " account of the quota check", account, check.GetProperty("account").GetString());
        Compare(what + " by the quota check", counted.Level ?? counted.Value, Number(check, "used"));
    }

    private void Compare<T>(string what, T counted, T said)
    {
        if (!Equals(counted, said)) _faults.Add($"{what}: {said}, but the events add up to {counted}");
    }

    private static decimal Number(JsonElement json, string member) => decimal.Parse(json.GetProperty(member).GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture);

    // As figures are written: at most two decimals in the unit that stands beside them.
    private static string InWords(decimal value, string unit) => Plain(value / unit switch { "GB" => 1e9m, "MB" => 1e6m, "kB" => 1e3m, _ => 1m }, 2) + " " + unit;

    private static string Bytes(decimal bytes)
    {
        var (size, unit) = bytes switch { >= 1e9m => (1e9m, "GB"), >= 1e6m => (1e6m, "MB"), >= 1e3m => (1e3m, "kB"), _ => (1m, "B") };
        var value = bytes / size;
        return Plain(value, value >= 100 ? 0 : value >= 10 ? 1 : 2) + " " + unit;
    }

    private static string Plain(decimal value, int decimals) =>
        decimal.Round(value, decimals, MidpointRounding.AwayFromZero).ToString("#,##0." + new string('#', decimals), CultureInfo.InvariantCulture);

    private static T Any<T>(Random random, T[] of) => of[random.Next(of.Length)];

    private sealed record Counted(decimal Value, decimal? Level);
}

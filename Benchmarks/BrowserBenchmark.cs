using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>Pages of the demo's year in a browser: when something useful is there, how long another period takes, what jumps, and what is read twice.</summary>
internal static partial class BrowserBenchmark
{
    private const double PaintGoal = 1_500;
    private const double WarmGoal = 300;
    private const double ColdGoal = 1_000;
    private const double ShiftGoal = 0.05;
    private const string Year = "p=12m";
    private const string Weeks = "p=28d";

    private static readonly (string Person, string Path)[] Pages =
    [
        ("member@demo.example", "/me/usage"), ("member@demo.example", "/me/costs"), ("manager@demo.example", "/groups/trail-runners/usage"), ("manager@demo.example", "/groups/trail-runners/costs"),
        ("manager@demo.example", "/groups/trail-runners/community"), ("manager@demo.example", "/groups/trail-runners/members"), ("manager@demo.example", "/groups/trail-runners/resources"), ("admin@demo.example", "/admin/costs"),
    ];

    public static async Task<Measurement> RunAsync(BenchmarkOptions options, BenchmarkDatabase database, CancellationToken cancel)
    {
        var connection = await database.CreateAsync(cancel);
        var read = new List<PageReading>();
        var checkedAs = "";
        using var playwright = await Playwright.CreateAsync();
        await using var chromium = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Environment.GetEnvironmentVariable("INSIGHTS_TEST_CHROMIUM") ?? "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        });
        for (var round = 0; round < options.Rounds; round++)
        {
            // A portal that has just started has nothing in mind yet: its first change of a page's period is the cold one.
            await using var portal = await ServedPortal.StartAsync(connection, cancel, demo: true);
            if (round == 0)
            {
                await using var idle = await ServedPortal.BuildAsync(connection);
                await FilledPortal.JobsDoneAsync(idle.Services, cancel);
            }
            await using var visit = new BrowserVisit(chromium, portal);
            if (round == 0) checkedAs = await CheckAsync(portal, visit, cancel);
            foreach (var (person, path) in Pages)
            {
                cancel.ThrowIfCancellationRequested();
                read.Add(await visit.MeasureAsync(person, path, Weeks, Year));
            }
        }
        var pages = read.GroupBy(r => r.Path).Select(g => new
        {
            page = g.Key,
            firstPaintMs = Figures.Round(Figures.Median(g.Select(r => r.FirstPaint))),
            paintMs = Figures.Round(Figures.Median(g.Select(r => r.Paint))),
            circuitMs = Figures.Round(Figures.Median(g.Select(r => r.Circuit))),
            coldMs = Figures.Round(Figures.Median(g.Select(r => r.Cold))),
            warmMs = Figures.Round(Figures.Median(g.SelectMany(r => r.Warm))),
            worstWarmMs = Figures.Round(g.SelectMany(r => r.Warm).Max()),
            shift = Figures.Round(g.Max(r => r.Shift)),
            statements = g.Last().Statements,
            readTwice = g.Max(r => r.ReadTwice),
        }).ToList();
        return new Measurement(
            pages.Max(p => p.paintMs), "ms until the slowest page has painted its sentence and the largest of what it shows (median of rounds)", null, null,
            string.Create(CultureInfo.InvariantCulture, $"paint <= {PaintGoal} ms; another period <= {WarmGoal} ms warm, <= {ColdGoal} ms cold; shift < {ShiftGoal}; nothing read twice"),
            checkedAs, new { pages, met = pages.All(p => p.paintMs <= PaintGoal && p.warmMs <= WarmGoal && p.coldMs <= ColdGoal && p.shift < ShiftGoal && p.readTwice == 0), rounds = options.Rounds });
    }

    // The year's number on the page is the one that the API answers.
    private static async Task<string> CheckAsync(ServedPortal portal, BrowserVisit visit, CancellationToken cancel)
    {
        const string meter = "api_calls";
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        var end = new DateOnly(today.Year, today.Month, 1).AddMonths(1);
        var usage = await portal.Client.GetFromJsonAsync<JsonElement>($"/api/v1/groups/trail-runners/usage?from={end.AddYears(-1):yyyy-MM-dd}T00:00:00Z&to={end:yyyy-MM-dd}T00:00:00Z", cancel);
        var answered = decimal.Parse(usage.GetProperty("meters").EnumerateArray().Single(m => m.GetProperty("meter").GetString() == meter).GetProperty("value").GetString()!, CultureInfo.InvariantCulture);
        var shown = await visit.TextAsync("manager@demo.example", $"/groups/trail-runners/usage?{Year}", $"[aria-label='All meters'] a[href*='meter={meter}']");
        WrongAnswerException.Unless(Digits().Replace(shown, "") == answered.ToString("0", CultureInfo.InvariantCulture), $"the page shows {shown} requests of the year, the API answers {answered}.");
        return $"{meter} of trail-runners over twelve months: {shown} on the page and by the API; every page's text stays as it was sent once its circuit stands";
    }

    [GeneratedRegex("[^0-9]")]
    private static partial Regex Digits();
}

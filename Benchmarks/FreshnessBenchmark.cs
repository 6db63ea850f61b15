using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>From the answer to an event to its being seen in usage, in the quota check and on the page, while others are sending too.</summary>
internal static class FreshnessBenchmark
{
    private const int Events = 100_000;
    private const int Looks = 60;
    private const string User = "reader-ann";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public static async Task<Measurement> RunAsync(BenchmarkOptions options, BenchmarkDatabase database, CancellationToken cancel)
    {
        await using var filled = await FilledPortal.FillAsync(database, options.Events ?? Events, cancel);
        await using var portal = await ServedPortal.StartAsync(filled.ConnectionString, cancel);
        await filled.JobsDoneAsync(cancel);
        using var admin = await portal.SignInAsync(cancel);
        var period = TimeProvider.System.GetUtcNow().ToString("yyyy-MM", CultureInfo.InvariantCulture);
        (string Name, Func<Task<long>> Read)[] places =
        [
            ("usage", async () =>
            {
                var usage = await portal.Client.GetFromJsonAsync<JsonElement>($"api/v1/users/{User}/usage?period={period}", cancel);
                return (long)Figures.Number(usage.GetProperty("carried").EnumerateArray().Single(m => m.GetProperty("meter").GetString() == "messages").GetProperty("value"));
            }),
            ("quota", async () => (long)Figures.Number((await portal.Client.GetFromJsonAsync<JsonElement>($"api/v1/quotas/check?user={User}&meter=messages&amount=1", cancel)).GetProperty("used"))),
            ("page", async () => PageNumber(await admin.GetStringAsync($"events?user={User}&meter=messages", cancel))),
        ];

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var others = Task.Run(() => SendOthersAsync(portal, stop.Token), CancellationToken.None);
        var found = places.ToDictionary(p => p.Name, _ => new List<double>());
        var sent = 0L;
        for (var i = 0; i < Looks * options.Rounds; i++)
        {
            foreach (var (name, read) in places)
            {
                await SendAsync(portal, ++sent, cancel);
                var answered = Stopwatch.GetTimestamp();
                for (long seen; (seen = await read()) != sent;)
                {
                    WrongAnswerException.Unless(seen < sent && Stopwatch.GetElapsedTime(answered) < s_patience, $"{name} shows {seen} messages, {sent} were answered as stored.");
                }
                found[name].Add(Stopwatch.GetElapsedTime(answered).TotalMilliseconds);
            }
        }
        await stop.CancelAsync();
        await others;
        var worst = found.Values.Max(t => Figures.Quantile(t, 0.99));
        return new Measurement(
            worst, "ms from the answer to the number (p99 of the slowest place)", null, null, "p99 <= 1,000 ms",
            $"each of {sent} messages was seen in its place, none twice, while others were sending",
            new { looks = Looks * options.Rounds, places = found.Select(f => new { place = f.Key, p50Ms = Figures.Round(Figures.Quantile(f.Value, 0.5)), p99Ms = Figures.Round(Figures.Quantile(f.Value, 0.99)) }) });
    }

    private static async Task SendAsync(ServedPortal portal, long number, CancellationToken cancel)
    {
        using var content = new StringContent($$$"""{"specversion":"1.0","id":"fresh-{{{number}}}","source":"/bench","type":"message.sent","subject":"{{{User}}}","data":{"event":"fresh-{{{number}}}"}}""", MediaTypeHeaderValue.Parse("application/cloudevents+json"));
        using var answer = await portal.Client.PostAsync("api/v1/events", content, cancel);
        WrongAnswerException.Unless(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(cancel));
    }

    // A community at work: a hundred events, five times a second.
    private static async Task SendOthersAsync(ServedPortal portal, CancellationToken cancel)
    {
        try
        {
            foreach (var batch in IngestBenchmark.Now(9, 1_000_000).Events().Chunk(100))
            {
                using var content = new ByteArrayContent([.. batch.SelectMany(e => e.Append((byte)'\n'))]);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
                using var answer = await portal.Client.PostAsync("api/v1/events", content, cancel);
                await Task.Delay(200, cancel);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // enough
        }
    }

    // The page of events has a row for each event, with its data as it was sent.
    private static long PageNumber(string html) => html.Split("fresh-").Select(p => p.TakeWhile(char.IsAsciiDigit).Count() is var n && n > 0 ? long.Parse(p[..n], CultureInfo.InvariantCulture) : 0).Max();
}

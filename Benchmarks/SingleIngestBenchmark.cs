using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>One event a request from many connections, against an endpoint of the same server with one durable row.</summary>
internal static class SingleIngestBenchmark
{
    private const int Events = 20_000;
    private const int Connections = 64;

    public static async Task<Measurement> RunAsync(BenchmarkOptions options, BenchmarkDatabase database, CancellationToken cancel)
    {
        var events = options.Events ?? Events;
        var connectionString = await database.CreateAsync(cancel);
        await using var services = await ServedPortal.BuildAsync(connectionString);
        await using var portal = await ServedPortal.StartAsync(connectionString, cancel);
        var dataSource = services.Services.GetRequiredService<NpgsqlDataSource>();
        await using (var make = dataSource.CreateCommand("CREATE TABLE bench_row (tenant_id int NOT NULL, key uuid NOT NULL, event json NOT NULL, PRIMARY KEY (tenant_id, key))")) await make.ExecuteNonQueryAsync(cancel);
        var warmUp = IngestBenchmark.Now(100, 2_000).Events().ToList();
        await SendAsync(portal, ServedPortal.OneRow, warmUp, cancel);
        await SendAsync(portal, "api/v1/events", warmUp, cancel);

        var (own, one) = (new List<Sent>(), new List<Sent>());
        var clientCpu = new List<double>();
        for (var round = 1; round <= options.Rounds; round++)
        {
            var bodies = IngestBenchmark.Now(round, events).Events().ToList();
            one.Add(await SendAsync(portal, ServedPortal.OneRow, bodies, cancel));
            var cpu = Environment.CpuUsage.TotalTime;
            own.Add(await SendAsync(portal, "api/v1/events", bodies, cancel));
            clientCpu.Add((Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
        }

        var wanted = ((long)events * options.Rounds) + warmUp.Count;
        foreach (var table in (string[])["ledger", "bench_row"])
        {
            var stored = await IngestBenchmark.CountAsync(dataSource, "SELECT count(*) FROM " + table, cancel);
            WrongAnswerException.Unless(stored == wanted, $"{wanted} events were answered as stored, {table} has {stored}.");
        }
        var tenant = (await services.Services.GetRequiredService<TenantStore>().FindAsync("default", cancel))!;
        var recount = await services.Services.GetRequiredService<Recount>().RunAsync(tenant.Id, cancel);
        WrongAnswerException.Unless(recount);
        var ratios = own.Zip(one, (a, b) => a.PerSecond / b.PerSecond).ToList();
        return new Measurement(
            Figures.Median(own.Select(s => s.PerSecond)), "durable events/s, one a request", Figures.Median(one.Select(s => s.PerSecond)), Figures.Median(ratios),
            "ratio >= 0.9, p99 <= 50 ms",
            $"every event answered as accepted and found stored; recount of {recount.Events} events and {recount.Rows} rows without a difference",
            new
            {
                eventsPerRound = events,
                connections = Connections,
                p50Ms = Figures.Round(Figures.Median(own.Select(s => s.P50))),
                p99Ms = Figures.Round(Figures.Median(own.Select(s => s.P99))),
                worstP99Ms = Figures.Round(own.Max(s => s.P99)),
                baselineP50Ms = Figures.Round(Figures.Median(one.Select(s => s.P50))),
                baselineP99Ms = Figures.Round(Figures.Median(one.Select(s => s.P99))),
                rounds = own.Select(s => Figures.Round(s.PerSecond)),
                ratios = ratios.Select(Figures.Round),
                clientCpuSeconds = clientCpu.Select(Figures.Round),
            });
    }

    private sealed record Sent(double PerSecond, double P50, double P99);

    private static async Task<Sent> SendAsync(ServedPortal portal, string path, List<byte[]> bodies, CancellationToken cancel)
    {
        var times = new double[bodies.Count];
        var next = -1;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < bodies.Count;)
            {
                var sent = Stopwatch.GetTimestamp();
                using var content = new ByteArrayContent(bodies[i]);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/cloudevents+json");
                using var response = await portal.Client.PostAsync(path, content, cancel);
                var answer = await response.Content.ReadAsByteArrayAsync(cancel);
                times[i] = Stopwatch.GetElapsedTime(sent).TotalMilliseconds;
                WrongAnswerException.Unless(response.IsSuccessStatusCode && Accepted(answer) == 1, System.Text.Encoding.UTF8.GetString(answer));
            }
        }, cancel)));
        var took = Stopwatch.GetElapsedTime(started);
        return new Sent(bodies.Count / took.TotalSeconds, Figures.Quantile(times, 0.5), Figures.Quantile(times, 0.99));
    }

    private static int Accepted(byte[] answer)
    {
        using var json = JsonDocument.Parse(answer);
        return json.RootElement.GetProperty("accepted").GetInt32();
    }
}

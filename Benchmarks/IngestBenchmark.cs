using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>Durable events over HTTP in batches, against a plain COPY of the same rows.</summary>
internal static class IngestBenchmark
{
    private const int Events = 200_000;
    private const int BatchEvents = 1_000;
    private const int WarmUpEvents = 60_000;
    private const int Senders = 16;

    public static async Task<Measurement> RunAsync(BenchmarkOptions options, BenchmarkDatabase database, CancellationToken cancel)
    {
        var events = (options.Events ?? Events) / BatchEvents * BatchEvents;
        var connectionString = await database.CreateAsync(cancel);
        await using var services = await ServedPortal.BuildAsync(connectionString);
        await using var portal = await ServedPortal.StartAsync(connectionString, cancel);
        var dataSource = services.Services.GetRequiredService<NpgsqlDataSource>();
        await using (var make = dataSource.CreateCommand("CREATE TABLE bench_copy (LIKE ledger); ALTER TABLE bench_copy ADD UNIQUE (key)")) await make.ExecuteNonQueryAsync(cancel);
        await SendAsync(portal, Bodies(100, WarmUpEvents), cancel);
        await CopyAsync(dataSource, Rows(100, WarmUpEvents), cancel);

        var (rates, copies, ratios, clientCpu, portalCpu) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        var first = Bodies(1, BatchEvents);
        for (var round = 1; round <= options.Rounds; round++)
        {
            var rows = Rows(round, events);
            var copied = await CopyAsync(dataSource, rows, cancel);
            copies.Add(events / copied.TotalSeconds);
            var bodies = Bodies(round, events);
            GC.Collect();
            var (client, server) = (Environment.CpuUsage.TotalTime, portal.Cpu);
            var sent = await SendAsync(portal, bodies, cancel);
            clientCpu.Add((Environment.CpuUsage.TotalTime - client).TotalSeconds);
            portalCpu.Add((portal.Cpu - server).TotalSeconds);
            rates.Add(events / sent.TotalSeconds);
            ratios.Add(rates[^1] / copies[^1]);
            if (round == 1) first = [bodies[0]];
        }

        var stored = await CountAsync(dataSource, "SELECT count(*) FROM ledger", cancel);
        var wanted = ((long)events * options.Rounds) + WarmUpEvents;
        WrongAnswerException.Unless(stored == wanted, $"{wanted} events were answered as stored, {stored} are.");
        var again = await PostAsync(portal, first[0], cancel);
        WrongAnswerException.Unless(again is (0, BatchEvents), $"A batch sent twice was answered as {again}.");
        var tenant = (await services.Services.GetRequiredService<TenantStore>().FindAsync("default", cancel))!;
        var recount = await services.Services.GetRequiredService<Recount>().RunAsync(tenant.Id, cancel);
        WrongAnswerException.Unless(recount);
        var figure = Figures.Median(rates);
        return new Measurement(
            figure, "durable events/s over HTTP", Figures.Median(copies), Figures.Median(ratios), "ratio >= 0.6",
            $"every batch answered as accepted and found stored; one sent twice counted once; recount of {recount.Events} events and {recount.Rows} rows without a difference",
            new
            {
                eventsPerRound = events,
                batch = BatchEvents,
                senders = Senders,
                rounds = rates.Select(Figures.Round),
                worst = Figures.Round(rates.Min()),
                copyRowsPerSecond = copies.Select(Figures.Round),
                ratios = ratios.Select(Figures.Round),
                clientCpuSeconds = clientCpu.Select(Figures.Round),
                portalCpuSeconds = portalCpu.Select(Figures.Round),
                bytesPerEvent = Figures.Round(first[0].Length / (double)BatchEvents),
            });
    }

    internal static async Task<long> CountAsync(NpgsqlDataSource dataSource, string sql, CancellationToken cancel)
    {
        await using var count = dataSource.CreateCommand(sql);
        return (long)(await count.ExecuteScalarAsync(cancel))!;
    }

    /// <summary>A community that uses the portal now: its events lie in the last hours.</summary>
    internal static Community Now(int seed, int events)
    {
        var now = Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow());
        return new Community(seed, events, now - Duration.FromHours(4), now);
    }

    internal static List<byte[]> Bodies(int seed, int events) =>
        [.. Now(seed, events).Events().Chunk(BatchEvents).Select(batch => batch.SelectMany(e => e.Append((byte)'\n')).ToArray())];

    internal static UsageEvent[] Rows(int seed, int events) => [.. Now(seed, events).UsageEvents(Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()))];

    internal static async Task<TimeSpan> SendAsync(ServedPortal portal, List<byte[]> bodies, CancellationToken cancel)
    {
        var next = -1;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < bodies.Count;)
            {
                var answer = await PostAsync(portal, bodies[i], cancel);
                WrongAnswerException.Unless(answer is (BatchEvents, 0), $"A new batch was answered as {answer}.");
            }
        }, cancel)));
        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task<(int Accepted, int Duplicates)> PostAsync(ServedPortal portal, byte[] body, CancellationToken cancel)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        using var response = await portal.Client.PostAsync("api/v1/events", content, cancel);
        var text = await response.Content.ReadAsStringAsync(cancel);
        WrongAnswerException.Unless(response.IsSuccessStatusCode, text);
        using var answer = JsonDocument.Parse(text);
        return (answer.RootElement.GetProperty("accepted").GetInt32(), answer.RootElement.GetProperty("duplicates").GetInt32());
    }

    private static async Task<TimeSpan> CopyAsync(NpgsqlDataSource dataSource, UsageEvent[] events, CancellationToken cancel)
    {
        var stored = Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow());
        await using var connection = await dataSource.OpenConnectionAsync(cancel);
        var started = Stopwatch.GetTimestamp();
        foreach (var batch in events.Chunk(BatchEvents))
        {
            await using var copy = await connection.BeginBinaryImportAsync(
                "COPY bench_copy (tenant_id, time, key, source, id, type, subject, grp, event, content_hash, stored_at) FROM STDIN (FORMAT BINARY)", cancel);
            foreach (var e in batch)
            {
                await copy.StartRowAsync(cancel);
                await copy.WriteAsync(1, cancel);
                await copy.WriteAsync(e.Time, NpgsqlDbType.TimestampTz, cancel);
                await copy.WriteAsync(Guid.NewGuid(), cancel);
                await copy.WriteAsync(e.Source, cancel);
                await copy.WriteAsync(e.Id, cancel);
                await copy.WriteAsync(e.Type, cancel);
                await copy.WriteAsync(e.Subject!, cancel);
                await (e.Group is { } group ? copy.WriteAsync(group, cancel) : copy.WriteNullAsync(cancel));
                await copy.WriteAsync(e.Json, NpgsqlDbType.Json, cancel);
                await copy.WriteAsync(e.ContentHash, cancel);
                await copy.WriteAsync(stored, NpgsqlDbType.TimestampTz, cancel);
            }
            await copy.CompleteAsync(cancel);
        }
        return Stopwatch.GetElapsedTime(started);
    }
}

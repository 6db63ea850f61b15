using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using OpenMeet.Insights.Infrastructure;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Faults;

/// <summary>
/// A service that sends batches of events over several connections, sends each again until it is acknowledged, and remembers what was.
/// Whatever happens meanwhile, an answer is 200 for the whole batch, or 503 with a time to come back, or none at all.
/// </summary>
internal sealed class Sender : IAsyncDisposable
{
    public const int EventsOfABatch = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly ConcurrentDictionary<int, bool> acknowledged = new();
    private readonly CancellationTokenSource enough = new();
    private readonly HttpClient client = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10) }) { Timeout = Patience };
    private readonly TimeSpan pause;
    private readonly int padding;
    private readonly Task work;
    private volatile Uri address;
    private int begun, unanswered, refused, settled;

    /// <param name="address">Where the portal listens.</param>
    /// <param name="connections">How many batches are on their way at once.</param>
    /// <param name="pause">How long each connection rests between two batches.</param>
    /// <param name="padding">Bytes that make each event larger; they cannot be packed.</param>
    public Sender(Uri address, int connections = 6, TimeSpan pause = default, int padding = 0)
    {
        (this.address, this.pause, this.padding) = (address, pause, padding);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RunningPortal.Key);
        work = Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(SendAsync)));
    }

    /// <summary>Where the portal listens now.</summary>
    public Uri Address
    {
        get => address;
        set => address = value;
    }

    /// <summary>Batches that are acknowledged.</summary>
    public int Acknowledged => acknowledged.Count;

    /// <summary>How often it was asked to come back.</summary>
    public int Refused => Volatile.Read(ref refused);

    /// <summary>How often no answer came, so that it could not know.</summary>
    public int Unanswered => Volatile.Read(ref unanswered);

    /// <summary>Batches that were found stored when they were sent again: only the answer had been lost.</summary>
    public int Settled => Volatile.Read(ref settled);

    /// <summary>Waits until so many batches more are acknowledged; it fails where that takes longer.</summary>
    public async Task GoOnAsync(TimeSpan within, int batches = 1)
    {
        var (wanted, watch) = (Acknowledged + batches, Stopwatch.StartNew());
        while (Acknowledged < wanted)
        {
            if (work.IsFaulted) await work;
            Assert.True(watch.Elapsed < within, $"No batch was acknowledged for {within}; {this}");
            await Task.Delay(10);
        }
    }

    /// <summary>Waits until every batch that was begun before now is acknowledged; it fails where that takes longer.</summary>
    public async Task CatchUpAsync(TimeSpan within)
    {
        var (before, watch) = (Volatile.Read(ref begun), Stopwatch.StartNew());
        while (!Enumerable.Range(0, before).All(acknowledged.ContainsKey))
        {
            if (work.IsFaulted) await work;
            Assert.True(watch.Elapsed < within, $"A batch that was begun is not acknowledged after {within}; {this}");
            await Task.Delay(10);
        }
    }

    /// <summary>Begins no other batch, and waits until all that were begun are acknowledged.</summary>
    public async Task StopAsync()
    {
        await enough.CancelAsync();
        await work;
        Assert.Equal(begun, Acknowledged);
    }

    /// <summary>Nothing that was acknowledged is lost, nothing counts twice, and everything that hangs on it is as if nothing had happened.</summary>
    /// <param name="database">The portal's, reached as it likes.</param>
    public async Task AssertExactAsync(string database)
    {
        Assert.InRange(begun, 1, int.MaxValue);
        await Ready.BecomesAsync(Address, HttpStatusCode.OK, TimeSpan.FromMinutes(1));
        await Parallel.ForEachAsync(Enumerable.Range(0, begun), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (b, _) =>
        {
            var answer = await PostAsync(b);
            Assert.True(answer is { Status: HttpStatusCode.OK }, $"Batch {b} again: {answer?.Status} {answer?.Text}");
            Assert.Equal((b, 0, EventsOfABatch), (b, answer!.Accepted, answer.Duplicates));
        });

        var uploads = Enumerable.Range(0, begun).SelectMany(Batch).Where(e => (string?)e["type"] == "file.uploaded").Select(e => (long)e["data"]!["size_bytes"]!).ToArray();
        Assert.Equal(uploads.Length, await ValueAsync("files"));
        Assert.Equal(uploads.Sum(), await ValueAsync("uploaded"));

        await using var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddInfrastructure(database).BuildServiceProvider();
        var tenant = await services.GetRequiredService<TenantStore>().FindAsync("default", CancellationToken.None);
        var recount = await services.GetRequiredService<Recount>().RunAsync(tenant!.Id, CancellationToken.None);
        Assert.Empty(recount.Differences);
        Assert.Equal(begun * EventsOfABatch, recount.Events);
    }

    public override string ToString() =>
        $"{Acknowledged * EventsOfABatch} events in {Acknowledged} batches acknowledged; {Unanswered} times no answer, {Refused} times 503, {Settled} found stored when sent again";

    public async ValueTask DisposeAsync()
    {
        await enough.CancelAsync();
        client.Dispose();
        // Its faults have been told by who waited for it; a test that failed elsewhere says that.
        await work.ContinueWith(_ => { }, TaskScheduler.Default);
        enough.Dispose();
    }

    private async Task SendAsync()
    {
        while (!enough.IsCancellationRequested)
        {
            await DeliverAsync(Interlocked.Increment(ref begun) - 1);
            if (pause > TimeSpan.Zero) await Task.Delay(pause);
        }
    }

    private async Task DeliverAsync(int b)
    {
        var (watch, isDoubtful, last) = (Stopwatch.StartNew(), false, "no answer");
        while (watch.Elapsed < Patience)
        {
            var answer = await PostAsync(b);
            if (answer is { Status: HttpStatusCode.OK })
            {
                // All of it or nothing, and never before it was sent.
                Assert.True((answer.Accepted, answer.Duplicates) == (EventsOfABatch, 0) || ((answer.Accepted, answer.Duplicates) == (0, EventsOfABatch) && isDoubtful), $"Batch {b}: {answer.Text}");
                if (answer.Duplicates > 0) Interlocked.Increment(ref settled);
                acknowledged[b] = true;
                return;
            }
            if (answer is not null)
            {
                Assert.True(answer.Status == HttpStatusCode.ServiceUnavailable, $"Batch {b}: {(int)answer.Status} {answer.Text}");
                last = answer.Text;
            }
            Interlocked.Increment(ref answer is null ? ref unanswered : ref refused);
            isDoubtful = true;
            await Task.Delay(50);
        }
        Assert.Fail($"Batch {b} was not taken in {Patience}: {last}");
    }

    // null where no answer came: nobody knows then whether it was stored
    private async Task<Answer?> PostAsync(int b)
    {
        using var content = new StringContent("[" + string.Join(',', Batch(b).Select(e => e.ToJsonString())) + "]", Encoding.UTF8, "application/cloudevents-batch+json");
        try
        {
            using var response = await client.PostAsync(new Uri(Address, "api/v1/events"), content);
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable) Assert.NotNull(response.Headers.RetryAfter);
            return await Answer.ReadAsync(response);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
        {
            return null;
        }
    }

    private async Task<long> ValueAsync(string meter)
    {
        var answer = await client.GetFromJsonAsync<JsonObject>(new Uri(Address, $"api/v1/meters/{meter}/query?from=2025-03-01T00:00:00Z&to=2025-04-01T00:00:00Z"));
        return long.Parse((string)answer!["data"]![0]!["valueExact"]!, CultureInfo.InvariantCulture);
    }

    // Files that many batches know, moved and deleted elsewhere: the work that a broken transaction would leave half done.
    private JsonObject[] Batch(int b) =>
    [
        .. Enumerable.Range(0, EventsOfABatch).Select(i =>
        {
            var (id, file) = ($"{b}-{i}", "f" + (((b * 7) + i) % 50));
            var at = $"2025-03-{(((b * 11) + i) % 28) + 1:00}T{i % 24:00}:{b % 60:00}:00Z";
            var e = (i % 8) switch
            {
                6 => A.Attachment("oleg", file, "g" + (b % 3), at: at, id: id),
                7 => A.Deletion("bob", 10 + i, file: file, at: at, id: id),
                _ => A.Upload("u" + (i % 5), 1_000 + b, file: file, group: i % 3 == 0 ? "g" + (i % 2) : null, at: at, id: id),
            };
            if (padding > 0) e["data"]!["note"] = Noise((b * EventsOfABatch) + i);
            return e;
        }),
    ];

    private string Noise(int seed)
    {
        var bytes = new byte[padding];
        new Random(seed).NextBytes(bytes);
        return Convert.ToBase64String(bytes);
    }
}

/// <summary>What <c>/health/ready</c> says.</summary>
internal static class Ready
{
    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>The status now, null where nobody listens, and what is said.</summary>
    public static async Task<(HttpStatusCode? Status, string Text)> AskAsync(Uri address)
    {
        try
        {
            using var answer = await Client.GetAsync(new Uri(address, "health/ready"));
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return (null, e.Message);
        }
    }

    /// <summary>Waits for a status; it fails where that takes longer. Answers how long it took and what was said then.</summary>
    public static async Task<(TimeSpan After, string Text)> BecomesAsync(Uri address, HttpStatusCode wanted, TimeSpan within)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var (status, text) = await AskAsync(address);
            if (status == wanted) return (watch.Elapsed, text);
            Assert.True(watch.Elapsed < within, $"/health/ready is not {(int)wanted} after {watch.Elapsed.TotalSeconds:0.0} s: {status} {text}");
            await Task.Delay(20);
        }
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OpenMeet.Insights.Infrastructure;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Hosting;

/// <summary>Two portals on one database behind a proxy, under load: what fails once, one retry cures, and everything counts once.</summary>
public sealed class TwoPortalsTests(PostgresServer server)
{
    private const int EventsOfABatch = 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_of_two_is_killed_and_a_single_retry_cures_every_failure()
    {
        var database = await RunningPortal.CreateDatabaseAsync(server);
        var both = await Task.WhenAll(PortalProcess.StartAsync(database), PortalProcess.StartAsync(database));
        using var first = both[0];
        using var second = both[1];
        await using var balancer = await Balancer.StartAsync(first.Address, second.Address);
        await using (var load = new Load(balancer.Address))
        {
            await load.AnsweredAsync(60);
            await first.KillAsync();
            await load.AnsweredAsync(60);
            await load.StopAsync();
            await AssertAllCountedOnceAsync(load, second, database);
        }
        Assert.Equal(0, await second.StopAsync());
    }

    [Fact]
    public async Task An_upgrade_portal_by_portal_fails_no_request_and_the_old_build_works_on_a_schema_that_is_one_migration_ahead()
    {
        var database = await RunningPortal.CreateDatabaseAsync(server);
        var both = await Task.WhenAll(PortalProcess.StartAsync(database, Drain), PortalProcess.StartAsync(database, Drain));
        using var first = both[0];
        using var second = both[1];
        await using var balancer = await Balancer.StartAsync(first.Address, second.Address);
        await using var load = new Load(balancer.Address);
        await load.AnsweredAsync(20);

        // The newer build comes: it expands the schema first, while both of the older one go on.
        await ExpandAsync(database);
        await load.AnsweredAsync(20);
        using var third = await PortalProcess.StartAsync(database, Drain);
        balancer.Add(third.Address);
        foreach (var old in (PortalProcess[])[first, second])
        {
            Assert.Equal(0, await old.StopAsync());
            await load.AnsweredAsync(20);
        }
        await load.StopAsync();
        await AssertAllCountedOnceAsync(load, third, database);
        // What the newer build put there is as it was.
        Assert.Equal(1L, await ExecuteAsync(database, "SELECT count(*) FROM \"__EFMigrationsHistory\" WHERE migration_id = '99991231000000_SomethingNew'"));
    }

    private const string Drain = "--Insights:Shutdown:DrainSeconds=1";

    // As the next build's first half of a change would: only more, and nothing that the present one has to fill.
    private static Task ExpandAsync(string database) => ExecuteAsync(database, """
        CREATE TABLE something_new (id bigint PRIMARY KEY, tenant_id integer NOT NULL REFERENCES tenant (id));
        ALTER TABLE tenant ADD COLUMN something_new text;
        ALTER TABLE ledger ADD COLUMN something_new integer NOT NULL DEFAULT 0;
        ALTER TABLE rollup_hour ADD COLUMN something_new numeric;
        CREATE INDEX something_new_index ON tenant (something_new);
        INSERT INTO "__EFMigrationsHistory" (migration_id, product_version) VALUES ('99991231000000_SomethingNew', '10.0.15');
        """);

    private static async Task AssertAllCountedOnceAsync(Load load, PortalProcess portal, string database)
    {
        Assert.Empty(load.Uncured);
        TestContext.Current.TestOutputHelper?.WriteLine($"{load.Batches} batches, {load.Questions} questions, {load.Retried} retried once");
        var sent = load.Batches * EventsOfABatch;
        var counted = await portal.Client.GetFromJsonAsync<JsonObject>("api/v1/meters/messages/query?from=2025-03-01T00:00:00Z&to=2025-04-01T00:00:00Z", Cancel);
        Assert.Equal(sent.ToString(CultureInfo.InvariantCulture), (string?)counted!["data"]![0]!["valueExact"]);
        Assert.Equal((long)sent, await ExecuteAsync(database, "SELECT count(*) FROM ledger"));
        await using var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddInfrastructure(database).BuildServiceProvider();
        var tenant = await services.GetRequiredService<TenantStore>().FindAsync("default", Cancel);
        Assert.Empty((await services.GetRequiredService<Recount>().RunAsync(tenant!.Id, Cancel)).Differences);
    }

    private static async Task<object?> ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancel);
    }

    /// <summary>Senders and askers who try once more where something fails, and no second time.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly HttpClient _http;
        private readonly Task[] _clients;
        private readonly Task _whole;
        private int _batches;
        private int _begun;
        private int _questions;
        private int _retried;

        public Load(Uri address)
        {
            _http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RunningPortal.Key);
            _clients = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(SendAsync)), .. Enumerable.Range(0, 2).Select(_ => Task.Run(AskAsync))];
            _whole = Task.WhenAll(_clients);
        }

        /// <summary>Batches that were answered with 200, each once.</summary>
        public int Batches => Volatile.Read(ref _batches);

        public int Questions => Volatile.Read(ref _questions);

        /// <summary>What failed once.</summary>
        public int Retried => Volatile.Read(ref _retried);

        /// <summary>What failed twice.</summary>
        public ConcurrentQueue<string> Uncured { get; } = new();

        /// <summary>Waits until so many more batches, and as many questions by four, are answered.</summary>
        public async Task AnsweredAsync(int more)
        {
            var (batches, questions) = (Batches + more, Questions + (more / 4));
            while ((Batches < batches || Questions < questions) && Uncured.IsEmpty) await Task.Delay(20, Cancel);
        }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _whole;
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _http.Dispose();
            _stop.Dispose();
        }

        private async Task SendAsync()
        {
            while (!_stop.IsCancellationRequested)
            {
                var batch = Interlocked.Increment(ref _begun);
                var body = "[" + string.Join(',', Enumerable.Range(0, EventsOfABatch).Select(i => A.Message("u" + (i % 5), i % 2 == 0 ? "g" : null, $"2025-03-{(batch % 28) + 1:00}T{i:00}:00:00Z", $"{batch}-{i}").ToJsonString())) + "]";
                if (await TryTwiceAsync(() => new HttpRequestMessage(HttpMethod.Post, "api/v1/events") { Content = new StringContent(body, Encoding.UTF8, "application/cloudevents-batch+json") }))
                    Interlocked.Increment(ref _batches);
            }
        }

        private async Task AskAsync()
        {
            while (!_stop.IsCancellationRequested)
            {
                if (await TryTwiceAsync(() => new HttpRequestMessage(HttpMethod.Get, "api/v1/quotas/check?user=u1&meter=storage&amount=1"))) Interlocked.Increment(ref _questions);
                await Task.Delay(20, CancellationToken.None);
            }
        }

        private async Task<bool> TryTwiceAsync(Func<HttpRequestMessage> request)
        {
            if (await TryAsync(request) is not { } once) return true;
            Interlocked.Increment(ref _retried);
            if (await TryAsync(request) is not { } twice) return true;
            Uncured.Enqueue(once + ", then " + twice);
            return false;
        }

        // null where it went well
        private async Task<string?> TryAsync(Func<HttpRequestMessage> request)
        {
            try
            {
                using var sent = request();
                using var answer = await _http.SendAsync(sent, CancellationToken.None);
                return answer.StatusCode == HttpStatusCode.OK ? null : $"{sent.Method} {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(CancellationToken.None)}";
            }
            catch (HttpRequestException e)
            {
                return e.Message;
            }
        }
    }
}

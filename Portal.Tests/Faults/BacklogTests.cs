using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Infrastructure;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Delivery;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Faults;

/// <summary>A portal is stopped while its queue is full and while messages are on their way.</summary>
[Collection<FaultRun>]
public sealed class BacklogTests(PostgresServer server, ITestOutputHelper output)
{
    private const int Messages = 12;
    private const string Reader = "reader@example.org";
    private static readonly int Stops = FaultRun.Times(1, 8);
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_answered_before_a_stop_is_stored_and_messages_that_waited_go_out_after_it_once_each()
    {
        var database = await RunningPortal.CreateDatabaseAsync(server);
        await using var mail = new MailCatcher();
        await using var hooks = await HookListener.StartAsync();
        string[] settings =
        [
            "--Insights:Ingest:MaxWaitingEvents=200", "--Insights:Webhooks:AllowPrivateTargets=true", "--Insights:Mail:Host=127.0.0.1", $"--Insights:Mail:Port={mail.Port}",
            "--Insights:Mail:From=insights@example.org", "--Insights:Mail:StartTls=false",
        ];
        await using var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddInfrastructure(database).BuildServiceProvider();
        var tenant = (await services.GetRequiredService<TenantStore>().FindAsync("default", Cancel))!;

        var portal = await PortalProcess.StartAsync(database, settings);
        try
        {
            await using var sender = new Sender(portal.Address, connections: 25);
            for (var stop = 0; stop < Stops; stop++)
            {
                if (stop == Stops - 1)
                {
                    // From here on no webhook is answered, so that some are on their way at the next stop.
                    hooks.Until = Task.Delay(Timeout.Infinite, Cancel);
                    await QueueMessagesAsync(portal.Client, hooks.Address, services, tenant.Id);
                }
                var stored = await StopWhileFullAsync(portal, sender, database, tenant.Id);
                output.WriteLine($"Stopped with a full queue: {stored} batches were acknowledged after it was told to");
                portal.Dispose();
                portal = await PortalProcess.StartAsync(database, settings);
                sender.Address = portal.Address;
                await sender.GoOnAsync(Soon, batches: 20);
            }
            await sender.StopAsync();
            output.WriteLine($"{Stops} stops; {sender}");

            await UntilAsync(() => Task.FromResult(!hooks.Requests.IsEmpty), "No webhook was sent.");
            Assert.Equal(0, await portal.StopAsync());
            portal.Dispose();
            hooks.Until = null;
            // Two minutes later, when what was taken by the portal that is gone is anybody's again.
            await using (var db = await services.GetRequiredService<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync(Cancel))
                await db.OutgoingMessages.Where(m => m.NextAt != null).ExecuteUpdateAsync(m => m.SetProperty(x => x.NextAt, x => x.NextAt - Duration.FromMinutes(2)), Cancel);
            var unanswered = hooks.Requests.Count;
            portal = await PortalProcess.StartAsync(database, settings);
            sender.Address = portal.Address;
            await UntilAsync(async () =>
            {
                await using var db = await services.GetRequiredService<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync(Cancel);
                return await db.OutgoingMessages.CountAsync(m => m.State == "delivered", Cancel) == 2 * Messages;
            }, "Not everything was sent.");

            var hooked = hooks.Requests.ToArray();
            Assert.Equal(Messages, hooked.Select(r => r.Id).Distinct().Count());
            Assert.Equal(Messages, hooked.Select(r => JsonDocument.Parse(r.Body).RootElement.GetProperty("data").GetProperty("account").GetString()).Distinct().Count());
            // Only what nobody had answered came again, and that under the same id with the same words.
            Assert.Equal(unanswered + Messages, hooked.Length);
            Assert.Equal(Messages, hooked.Select(r => (r.Id, r.Body)).Distinct().Count());
            var mails = mail.To(Reader);
            Assert.Equal(Messages, mails.Select(m => m.MessageId).Distinct().Count());
            output.WriteLine($"{Messages} webhooks and {Messages} mails: {hooked.Length - Messages} webhooks had no answer and came again under their id, and {mails.Length - Messages} mails");
            await sender.AssertExactAsync(database);
        }
        finally
        {
            portal.Dispose();
        }
    }

    // Asks it to stop when there is no room in its queue any more. Answers how many batches were acknowledged afterwards.
    private static async Task<int> StopWhileFullAsync(PortalProcess portal, Sender sender, string database, int tenantId)
    {
        await using var gate = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await gate.OpenAsync(Cancel);
        await using (var take = new NpgsqlCommand("SELECT pg_advisory_lock(hashtextextended('insights.tenant', $1))", gate) { Parameters = { new() { Value = (long)tenantId } } })
            await take.ExecuteNonQueryAsync(Cancel);
        var refused = sender.Refused;
        await UntilAsync(() => Task.FromResult(sender.Refused > refused), "The queue did not fill.");
        var before = sender.Acknowledged;
        var stopped = portal.StopAsync();
        await UntilAsync(async () => (await Ready.AskAsync(portal.Address)).Status != HttpStatusCode.OK, "It goes on as if nobody had told it to stop.");
        await gate.CloseAsync();
        Assert.Equal(0, await stopped.WaitAsync(Soon, Cancel));
        return sender.Acknowledged - before;
    }

    // Plans that change, told to a webhook; and mails.
    private static async Task QueueMessagesAsync(HttpClient client, string hooks, IServiceProvider services, int tenantId)
    {
        using (var hook = await client.PostAsJsonAsync("api/v1/webhooks", new { url = hooks + "/hook" }, Cancel)) hook.EnsureSuccessStatusCode();
        using (var draft = await client.PostAsJsonAsync("api/v1/plans", new { key = "club", name = "Club", currency = "USD", fee = "5.00", items = Array.Empty<object>() }, Cancel)) draft.EnsureSuccessStatusCode();
        using (var published = await client.PostAsJsonAsync("api/v1/plans/club/publish", new { }, Cancel)) published.EnsureSuccessStatusCode();
        await using var db = await services.GetRequiredService<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync(Cancel);
        var now = Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow());
        for (var i = 0; i < Messages; i++)
        {
            using (var described = await client.PutAsJsonAsync($"api/v1/directory/users/payer{i}", new { name = "Payer " + i }, Cancel)) described.EnsureSuccessStatusCode();
            using (var taken = await client.PutAsJsonAsync($"api/v1/accounts/user/payer{i}/plan", new { plan = "club", effective = "now" }, Cancel)) taken.EnsureSuccessStatusCode();
            db.OutgoingMessages.Add(new OutgoingMessage { Id = Guid.CreateVersion7(), TenantId = tenantId, Channel = "mail", Target = Reader, Subject = "Mail " + i, Body = "A limit is near.", CreatedAt = now, NextAt = now, State = "waiting" });
        }
        await db.SaveChangesAsync(Cancel);
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo, string otherwise)
    {
        for (var watch = Stopwatch.StartNew(); !await isSo();)
        {
            Assert.True(watch.Elapsed < Soon, otherwise);
            await Task.Delay(20, Cancel);
        }
    }
}

using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Faults;

/// <summary>The database answers and takes nothing: a standby after a change of roles, or one that its administrator has closed for writing.</summary>
[Collection<FaultRun>]
public sealed class ReadOnlyDatabaseTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    [Fact]
    public async Task While_the_database_takes_nothing_it_can_be_read_and_the_portal_says_what_is_the_matter()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(A.Message("ann", at: "2025-03-01T00:00:00Z", id: "before"));
        // A key that nobody has used: its first use would be noted.
        using var reader = portal.Client(await portal.NewKeyAsync(null, null, "read"), c.Key);
        await SetAsync("SET default_transaction_read_only = on");
        using (var read = await reader.GetAsync("api/v1/meters/messages/query?from=2025-03-01T00:00:00Z&to=2025-04-01T00:00:00Z", TestContext.Current.CancellationToken))
            Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        var refused = await c.SendAsync([A.Message("ann", at: "2025-03-01T00:00:00Z", id: "meanwhile")]);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Contains("The database takes no changes just now.", refused.Text, StringComparison.Ordinal);
        var (status, text) = await Ready.AskAsync(portal.Address);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("The database takes no changes just now.", text, StringComparison.Ordinal);

        await SetAsync("RESET default_transaction_read_only");
        Assert.Equal(1, (await c.SendAsync([A.Message("ann", at: "2025-03-01T00:00:00Z", id: "meanwhile")])).Accepted);
        Assert.Equal(HttpStatusCode.OK, (await Ready.AskAsync(portal.Address)).Status);
        Assert.Equal(2, await c.RecountAsync());
    }

    // Holds for new connections, so the portal gets new ones.
    private async Task SetAsync(string setting)
    {
        var source = portal.Services.GetRequiredService<NpgsqlDataSource>();
        await using (var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(portal.ConnectionString) { Pooling = false, Options = "-c default_transaction_read_only=off" }.ConnectionString))
        {
            await connection.OpenAsync();
            await using var set = new NpgsqlCommand($"ALTER DATABASE {connection.Database} {setting}", connection);
            await set.ExecuteNonQueryAsync();
        }
        source.Clear();
    }
}

using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Pricing;

/// <summary>The book of who pays for whom is kept between questions, and is never older than the state that the question is about.</summary>
public sealed class AccountBooksTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private static readonly Instant Now = Instant.FromUtc(2025, 11, 1, 0, 0);
    private NpgsqlDataSource Database => portal.Services.GetRequiredService<NpgsqlDataSource>();

    private async Task<AccountBook> BookAsync(Tenant tenant)
    {
        await using var snapshot = await Snapshot.OpenAsync(Database, TestContext.Current.CancellationToken);
        return await portal.Services.GetRequiredService<AccountBooks>().GetAsync(snapshot.Connection, tenant, TestContext.Current.CancellationToken);
    }

    private async Task<(TestCommunity, Tenant)> CommunityAsync()
    {
        var c = await portal.NewCommunityAsync();
        return (c, await portal.Services.GetRequiredService<TenantStore>().GetAsync(c.Id, TestContext.Current.CancellationToken));
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, int tenant)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = tenant } } };
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("INSERT INTO group_owner (tenant_id, group_key, owner_key) VALUES ($1, 'h', 'bob')")]
    [InlineData("UPDATE group_owner SET owner_key = 'bob' WHERE tenant_id = $1")]
    [InlineData("DELETE FROM group_owner WHERE tenant_id = $1")]
    [InlineData("INSERT INTO group_slug (tenant_id, old_key, key) VALUES ($1, 'old', 'g')")]
    [InlineData("""INSERT INTO plan_assignment (tenant_id, account, plan_key, plan_version, "from", created_at, created_by) VALUES ($1, 'user:ann', 'club', 1, now(), now(), 'test')""")]
    [InlineData("""INSERT INTO plan_version (tenant_id, key, version, status, document, created_at) VALUES ($1, 'club', 1, 'draft', '{"key":"club"}', now())""")]
    public async Task A_change_of_any_of_its_tables_makes_it_anew_and_of_another_tenant_does_not(string change)
    {
        var (c, tenant) = await CommunityAsync();
        var (_, other) = await CommunityAsync();
        Assert.True((await c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/g", """{"name":"G","ownerKey":"ann"}""")).Status is System.Net.HttpStatusCode.OK or System.Net.HttpStatusCode.Created);
        var (before, beside) = (await BookAsync(tenant), await BookAsync(other));
        Assert.Same(before, await BookAsync(tenant));

        await using (var connection = await Database.OpenConnectionAsync(TestContext.Current.CancellationToken)) await ExecuteAsync(connection, change, tenant.Id);

        var after = await BookAsync(tenant);
        Assert.NotSame(before, after);
        Assert.Same(after, await BookAsync(tenant));
        Assert.Same(beside, await BookAsync(other));
    }

    [Fact]
    public async Task A_change_is_not_seen_before_its_commit_nor_in_an_older_snapshot_and_at_once_after_it()
    {
        var (c, tenant) = await CommunityAsync();
        Assert.True((await c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/g", """{"name":"G","ownerKey":"ann"}""")).Status is System.Net.HttpStatusCode.OK or System.Net.HttpStatusCode.Created);
        Assert.Equal("user:ann", (await BookAsync(tenant)).PayerAt("g", Now));
        await using var older = await Snapshot.OpenAsync(Database, TestContext.Current.CancellationToken);
        await ExecuteAsync(older.Connection, "SELECT $1::int", tenant.Id);

        await using var connection = await Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await ExecuteAsync(connection, "UPDATE group_owner SET owner_key = 'bob' WHERE tenant_id = $1", tenant.Id);
        Assert.Equal("user:ann", (await BookAsync(tenant)).PayerAt("g", Now));
        await transaction.CommitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("user:bob", (await BookAsync(tenant)).PayerAt("g", Now));
        Assert.Equal("user:ann", (await portal.Services.GetRequiredService<AccountBooks>().GetAsync(older.Connection, tenant, TestContext.Current.CancellationToken)).PayerAt("g", Now));
        Assert.Equal("user:bob", (await BookAsync(tenant)).PayerAt("g", Now));
    }

    [Fact]
    public async Task Another_default_plan_of_the_tenant_makes_it_anew()
    {
        var (_, tenant) = await CommunityAsync();
        var before = await BookAsync(tenant);
        var changed = await portal.Services.GetRequiredService<TenantStore>().GetAsync(tenant.Id, TestContext.Current.CancellationToken);
        Assert.Same(before, await BookAsync(changed));
        changed.DefaultPlan = "club";
        Assert.NotSame(before, await BookAsync(changed));
    }
}

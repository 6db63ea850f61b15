using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Audit;

/// <summary>The audit log is only added to, and whoever gets round that is found out.</summary>
public sealed class AuditChainTests(RunningPortal portal, PostgresServer server) : IClassFixture<RunningPortal>
{
    private static readonly Actor Ada = new("ada@example.org", Instant.FromUtc(2026, 1, 1, 12, 0) + Duration.FromTicks(1234560));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private AuditChain Chain => portal.Services.GetRequiredService<AuditChain>();

    [Fact]
    public async Task Writers_at_the_same_time_make_one_chain_for_each_tenant_without_a_gap()
    {
        var (one, two) = (await portal.NewCommunityAsync(), await portal.NewCommunityAsync());
        var before = (await Chain.VerifyAsync(one.Id, null, Cancel)).Lines;
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async n =>
        {
            for (var i = 0; i < 5; i++)
            {
                await using var db = await portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync(Cancel);
                // Both tenants in one transaction, in either order, and several lines at once.
                foreach (var id in n % 2 == 0 ? new[] { one.Id, two.Id } : [two.Id, one.Id]) db.Note(id, Ada, "test.noted", $"thing:{n}-{i}", AuditLog.ToJson(new { n }), null, "why – ä");
                if (i == 3) db.Note(one.Id, Ada, "test.noted", "twice", null, null);
                await db.SaveChangesAsync(Cancel);
            }
        }));
        Assert.Equal((before + 72, null), await LinesAsync(one));
        Assert.Equal((before + 60, null), await LinesAsync(two));
    }

    [Fact]
    public async Task A_change_that_is_taken_back_leaves_no_line()
    {
        var c = await NotedAsync(2);
        var before = await Chain.VerifyAsync(c.Id, null, Cancel);
        await using (var db = await portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync(Cancel))
        {
            await using var transaction = await db.Database.BeginTransactionAsync(Cancel);
            db.Note(c.Id, Ada, "test.noted", "never", null, null);
            await db.SaveChangesAsync(Cancel);
        }
        Assert.Equal(before, await Chain.VerifyAsync(c.Id, before.Head, Cancel));
    }

    [Theory]
    [InlineData("UPDATE audit_entry SET actor = 'somebody else' WHERE tenant_id = {0}")]
    [InlineData("DELETE FROM audit_entry WHERE tenant_id = {0}")]
    [InlineData("TRUNCATE audit_entry")]
    [InlineData("UPDATE audit_link SET number = number + 1000 WHERE tenant_id = {0}")]
    [InlineData("DELETE FROM audit_link WHERE tenant_id = {0}")]
    [InlineData("TRUNCATE audit_link")]
    [InlineData("SET insights.audit_erasure = 'on'; UPDATE audit_entry SET action = 'other' WHERE tenant_id = {0}")]
    [InlineData("SET insights.audit_erasure = 'on'; UPDATE audit_link SET hash = '\\x00' WHERE tenant_id = {0}")]
    [InlineData("SET insights.audit_erasure = 'on'; DELETE FROM audit_entry WHERE tenant_id = {0}")]
    public async Task The_database_refuses_any_change(string sql)
    {
        var c = await NotedAsync(1);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(string.Format(null, sql, c.Id)));
        Assert.Equal("The audit log is only ever added to.", refused.MessageText);
        Assert.Null((await Chain.VerifyAsync(c.Id, null, Cancel)).Fault);
    }

    [Theory]
    [InlineData("UPDATE audit_entry SET actor = 'somebody else' WHERE id = {3}", "Line 3 (entry {3}, test.noted) was changed.")]
    [InlineData("UPDATE audit_entry SET reason = NULL WHERE id = {3}", "Line 3 (entry {3}, test.noted) was changed.")]
    [InlineData("UPDATE audit_entry SET after = '{{\"n\": 9}}' WHERE id = {3}", "Line 3 (entry {3}, test.noted) was changed.")]
    [InlineData("UPDATE audit_entry SET at = at - interval '1 day' WHERE id = {3}", "Line 3 (entry {3}, test.noted) does not follow from the line before it.")]
    [InlineData("DELETE FROM audit_entry WHERE id = {3}", "Line 3 (entry {3}) was deleted.")]
    [InlineData("DELETE FROM audit_link WHERE entry_id = {3}", "Line 3 is missing.")]
    [InlineData("DELETE FROM audit_link WHERE entry_id = {3}; UPDATE audit_link SET number = number - 1 WHERE tenant_id = {0} AND number > 3", "Line 3 (entry {4}, test.noted) does not follow from the line before it.")]
    [InlineData("UPDATE audit_entry SET actor = 'x' WHERE id = {3}; UPDATE audit_link l SET content = audit_content(e, l.salt) FROM audit_entry e WHERE e.id = {3} AND l.entry_id = e.id", "Line 3 (entry {3}, test.noted) does not follow from the line before it.")]
    [InlineData("UPDATE audit_entry SET actor = 'x' WHERE id = {3}; UPDATE audit_link SET salt = NULL WHERE entry_id = {3}", "Line 3 (entry {3}) was emptied, and no erasure says so.")]
    [InlineData("INSERT INTO audit_entry (tenant_id, at, actor, action, target) VALUES ({0}, now(), 'x', 'x', 'x')", "Entry * is in no line: it was put in past the log.")]
    public async Task Who_gets_round_it_is_found_at_the_first_line_that_is_not_as_it_was(string sql, string fault)
    {
        var c = await NotedAsync(4);
        var ids = await IdsAsync(c);
        object[] numbers = [c.Id, ids[0], ids[1], ids[2], ids[3]];
        // As the owner of the database could do it: with every trigger off.
        await ExecuteAsync("SET session_replication_role = replica; " + string.Format(null, sql, numbers));
        var found = (await Chain.VerifyAsync(c.Id, null, Cancel)).Fault;
        Assert.Matches("^" + System.Text.RegularExpressions.Regex.Escape(string.Format(null, fault, numbers)).Replace("\\*", "[0-9]+", StringComparison.Ordinal) + "$", found);
    }

    [Fact]
    public async Task A_whole_chain_that_was_forged_or_cut_shows_by_a_line_that_was_kept_elsewhere()
    {
        var c = await NotedAsync(4);
        var kept = (await Chain.VerifyAsync(c.Id, null, Cancel)).Head!;
        Assert.Null((await Chain.VerifyAsync(c.Id, AuditHead.Parse(kept.ToString()), Cancel)).Fault);
        var ids = await IdsAsync(c);
        await ExecuteAsync($"SET session_replication_role = replica; DELETE FROM audit_link WHERE tenant_id = {c.Id} AND number > {kept.Number - 2}; DELETE FROM audit_entry WHERE id >= {ids[^2]} AND tenant_id = {c.Id}");
        Assert.Null((await Chain.VerifyAsync(c.Id, null, Cancel)).Fault);
        Assert.Equal($"Line {kept.Number - 1} and those after it, up to {kept.Number}, were cut off.", (await Chain.VerifyAsync(c.Id, kept, Cancel)).Fault);
        // Written anew to the same length by the database's own function.
        await NoteAsync(c, 2);
        Assert.Null((await Chain.VerifyAsync(c.Id, null, Cancel)).Fault);
        Assert.Equal($"Line {kept.Number} has another hash than the one that was kept.", (await Chain.VerifyAsync(c.Id, kept, Cancel)).Fault);
    }

    [Fact]
    public async Task What_stood_there_before_the_chain_is_bound_by_the_migration()
    {
        var database = await server.CreateDatabaseAsync();
        await using var pool = InsightsDatabase.BuildDataSource(database);
        var options = new DbContextOptionsBuilder<InsightsDbContext>();
        InsightsDatabase.Configure(options, pool);
        await using var db = new InsightsDbContext(options.Options);
        var before = db.Database.GetMigrations().TakeWhile(m => !m.EndsWith("_AuditChain", StringComparison.Ordinal)).Last();
        await db.GetService<IMigrator>().MigrateAsync(before, Cancel);
        for (var i = 0; i < 3; i++)
        {
            db.Note(1, Ada, "test.noted", "old:" + i, null, AuditLog.ToJson(new { i }));
            db.Note(2, Ada, "test.noted", "old:" + i, null, null);
            await db.SaveChangesAsync(Cancel);
        }
        await db.Database.MigrateAsync(Cancel);
        var chain = new AuditChain(pool);
        Assert.Equal((3, null), await LinesAsync(chain, 1));
        db.Note(1, Ada, "test.noted", "new", null, null);
        await db.SaveChangesAsync(Cancel);
        Assert.Equal((4, null), await LinesAsync(chain, 1));
        Assert.Equal((3, null), await LinesAsync(chain, 2));
    }

    [Fact]
    public async Task The_hash_is_what_the_documents_say_it_is()
    {
        var c = await NotedAsync(0);
        await ExecuteAsync($"INSERT INTO audit_entry (tenant_id, at, actor, action, target) VALUES ({c.Id + 1_000_000}, '2026-01-01T00:00:00Z', 'a', 'b', 'ü')");
        await using var connection = new NpgsqlConnection(portal.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var select = new NpgsqlCommand("SELECT entry_id, salt::text, content, hash FROM audit_link WHERE tenant_id = $1", connection) { Parameters = { new() { Value = c.Id + 1_000_000 } } };
        await using var rows = await select.ExecuteReaderAsync(Cancel);
        Assert.True(await rows.ReadAsync(Cancel));
        var (entry, salt) = (rows.GetInt64(0).ToString(System.Globalization.CultureInfo.InvariantCulture), rows.GetString(1));
        var content = SHA256.HashData(Encoding.UTF8.GetBytes($"36:{salt}1:a1:b2:ü---"));
        Assert.Equal(content, rows.GetFieldValue<byte[]>(2));
        var tenant = (c.Id + 1_000_000).ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(SHA256.HashData([.. Encoding.UTF8.GetBytes($"{tenant.Length}:{tenant}1:1{entry.Length}:{entry}16:1767225600000000"), .. content]), rows.GetFieldValue<byte[]>(3));
    }

    [Theory]
    [InlineData("1:abc")]
    [InlineData("")]
    [InlineData("x:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void What_is_no_line_and_hash_is_none(string text) => Assert.Null(AuditHead.Parse(text));

    // A tenant whose only lines are so many of ours.
    private async Task<TestCommunity> NotedAsync(int lines)
    {
        var c = await portal.NewCommunityAsync();
        await ExecuteAsync($"SET session_replication_role = replica; DELETE FROM audit_entry WHERE tenant_id = {c.Id}; DELETE FROM audit_link WHERE tenant_id = {c.Id}");
        await NoteAsync(c, lines);
        return c;
    }

    private async Task NoteAsync(TestCommunity c, int lines)
    {
        for (var i = 0; i < lines; i++)
        {
            await using var db = await portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync(Cancel);
            db.Note(c.Id, Ada, "test.noted", "thing:" + i, null, AuditLog.ToJson(new { n = i }), "why");
            await db.SaveChangesAsync(Cancel);
        }
    }

    private async Task<(long, string?)> LinesAsync(TestCommunity c) => await LinesAsync(Chain, c.Id);

    private static async Task<(long, string?)> LinesAsync(AuditChain chain, int tenant) => await chain.VerifyAsync(tenant, null, Cancel) is var verdict ? (verdict.Lines, verdict.Fault) : default;

    private async Task<long[]> IdsAsync(TestCommunity c)
    {
        await using var connection = new NpgsqlConnection(portal.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var select = new NpgsqlCommand("SELECT array_agg(id ORDER BY id) FROM audit_entry WHERE tenant_id = $1", connection) { Parameters = { new() { Value = c.Id } } };
        return (long[])(await select.ExecuteScalarAsync(Cancel))!;
    }

    private async Task ExecuteAsync(string sql)
    {
        // Not pooled: what it sets goes with it.
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(portal.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}

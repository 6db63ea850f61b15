using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Jobs;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Metering;

/// <summary>The ledger in months: each event in its own, new ones made while others read and write, and none read that was not asked about.</summary>
public sealed class LedgerMonthsTests(PortalWithClock portal) : IClassFixture<PortalWithClock>
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private NpgsqlDataSource DataSource => portal.Services.GetRequiredService<NpgsqlDataSource>();

    [Fact]
    public async Task An_event_lies_in_its_month_and_months_are_made_ahead()
    {
        var c = await portal.NewCommunityAsync();
        string[] times = ["1999-01-01T00:00:00Z", "2019-12-31T23:59:59.999999Z", "2020-01-01T00:00:00Z", "2021-02-28T23:59:59.999999Z", "2021-03-01T00:00:00Z", "2025-11-20T12:30:00Z"];
        await c.StoreAsync([.. times.Select((at, i) => A.Message("ann", null, at, $"at {i}"))]);
        Assert.Equal(
            ["ledger_early", "ledger_early", "ledger_2020_01", "ledger_2021_02", "ledger_2021_03", "ledger_2025_11"],
            await TextsAsync("SELECT tableoid::regclass::text FROM ledger WHERE tenant_id = $1 ORDER BY time", c.Id));

        Assert.Empty((await PartsAsync()).Intersect(["ledger_2025_12", "ledger_2026_01", "ledger_2026_02"]));
        var job = portal.Services.GetServices<Job>().Single(j => j.Name == "ledger-months");
        Assert.StartsWith("3 months made", (await job.Run(Cancel)).Text, StringComparison.Ordinal);
        Assert.Equal(3, (await PartsAsync()).Intersect(["ledger_2025_12", "ledger_2026_01", "ledger_2026_02"]).Count());
        Assert.StartsWith("0 months made", (await job.Run(Cancel)).Text, StringComparison.Ordinal);

        // A part is as the whole: each index of the one is an index of the other.
        Assert.Equal(
            await TextsAsync("SELECT count(*)::text FROM pg_index WHERE indrelid = 'ledger'::regclass AND $1 > 0", c.Id),
            await TextsAsync("SELECT count(*)::text FROM pg_index x JOIN pg_inherits i ON i.inhrelid = x.indexrelid WHERE x.indrelid = 'ledger_2021_03'::regclass AND $1 > 0", c.Id));
        Assert.Equal(6, await c.RecountAsync());
        Assert.Equal(["at 5", "at 4", "at 3", "at 2", "at 1", "at 0"], await c.IdsAsync());
    }

    [Fact]
    public async Task A_month_is_made_once_whoever_asks_and_no_reader_and_no_writer_holds_it_up()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(A.Message("ann", null, "2025-10-20T12:00:00Z", "before"));
        await using var reader = await DataSource.OpenConnectionAsync(Cancel);
        await using var reading = await reader.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, Cancel);
        Assert.Equal(1L, await AskAsync(reader, "SELECT count(*) FROM ledger WHERE tenant_id = $1", c.Id));
        await using var writer = await DataSource.OpenConnectionAsync(Cancel);
        await using var writing = await writer.BeginTransactionAsync(Cancel);
        await AskAsync(writer, "UPDATE ledger SET validation_error = 'x' WHERE tenant_id = $1", c.Id);

        var months = Enumerable.Range(1, 12).Select(m => A.Message("ann", null, $"2022-{m:00}-15T00:00:00Z")).ToArray();
        var events = Enumerable.Range(1, 12).Select(m => EventReader.Restore("/s", "1", "t", null, null, Instant.FromUtc(2022, m, 15, 0, 0), "{}"u8.ToArray(), [])).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => new LedgerMonths(DataSource, TimeProvider.System).EnsureAsync(events, Cancel).AsTask()).Append(c.StoreAsync(months))).WaitAsync(Soon, Cancel);
        Assert.Equal(12, (await PartsAsync()).Count(p => p.StartsWith("ledger_2022_", StringComparison.Ordinal)));
        Assert.Equal(1L, await AskAsync(reader, "SELECT count(*) FROM ledger WHERE tenant_id = $1", c.Id));
        await writing.RollbackAsync(Cancel);
        Assert.Equal(13, await c.RecountAsync());
    }

    [Theory]
    [InlineData("events?limit=2&from=2025-10-01T00:00:00Z&to=2025-11-01T00:00:00Z", "2025-10-18T10:10:00Z")]
    [InlineData("meters/api_latency/query?from=2025-10-01T00:00:00Z&to=2025-11-01T00:00:00Z&windowSize=DAY", "2025-10-18T00:00:00Z\"")]
    [InlineData("meters/api_time/query?from=2025-10-01T00:00:00Z&to=2025-11-01T00:00:00Z&groupBy=area", "\"1710\"")]
    [InlineData("meters/api_time/query?from=2025-10-01T10:20:00Z&to=2025-10-31T04:05:00Z&groupBy=subject", "\"1700\"")]
    [InlineData("meters/active_members/query?from=2025-10-01T00:00:00Z&to=2025-11-01T00:00:00Z&groupBy=group", "\"2\"")]
    [InlineData("users/ann/usage?from=2025-10-01T00:00:00Z&to=2025-11-01T00:00:00Z", "\"1710\"")]
    [InlineData("users/ann/usage?from=2025-10-01T10:20:00Z&to=2025-10-30T10:20:00Z", "\"1700\"")]
    [InlineData("groups/g/usage?from=2025-10-01T00:00:00Z&to=2025-11-01T00:00:00Z", "\"1710\"")]
    public async Task A_question_about_a_month_touches_no_other_month(string question, string figure)
    {
        var c = await portal.NewCommunityAsync();
        foreach (var month in (string[])["2025-08", "2025-09", "2025-10", "2025-11"])
        {
            await c.StoreAsync([.. Enumerable.Range(1, 18).SelectMany(day => new[]
            {
                A.Request("ann", 10 * day, "Events", "GET", 200, 1_000, "g", $"{month}-{day:00}T10:10:00Z"), A.Message("bob", "g", $"{month}-{day:00}T00:20:00Z"),
                A.Upload("ann", 500 * day, group: "g", kind: "photo", at: $"{month}-{day:00}T04:00:00Z"),
            })]);
        }
        var before = await c.GetAsync("api/v1/" + question);
        Assert.Contains(figure, before.Text, StringComparison.Ordinal);

        // Whoever touched another month now would wait for ever.
        await using var connection = await DataSource.OpenConnectionAsync(Cancel);
        await using var others = await connection.BeginTransactionAsync(Cancel);
        var parts = (await PartsAsync()).Where(p => p != "ledger_2025_10").ToArray();
        Assert.True(parts.Length > 4);
        await using (var take = new NpgsqlCommand($"LOCK TABLE {string.Join(", ", parts)} IN ACCESS EXCLUSIVE MODE", connection)) await take.ExecuteNonQueryAsync(Cancel);
        var alone = await c.GetAsync("api/v1/" + question).WaitAsync(Soon, Cancel);
        Assert.Equal(before.Text, alone.Text);
    }

    private Task<string[]> PartsAsync() => TextsAsync("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'ledger'::regclass AND $1 >= 0 ORDER BY 1", 0);

    private async Task<string[]> TextsAsync(string sql, int tenant)
    {
        await using var select = DataSource.CreateCommand(sql);
        select.Parameters.Add(new NpgsqlParameter { Value = tenant });
        var texts = new List<string>();
        await using var rows = await select.ExecuteReaderAsync(Cancel);
        while (await rows.ReadAsync(Cancel)) texts.Add(rows.GetString(0));
        return [.. texts];
    }

    private static async Task<object?> AskAsync(NpgsqlConnection connection, string sql, int tenant)
    {
        await using var ask = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = tenant } } };
        return await ask.ExecuteScalarAsync(Cancel);
    }
}

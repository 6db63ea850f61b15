using System.Net;
using System.Text.Json.Nodes;
using NodaTime;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Exactness;

/// <summary>The largest and the smallest numbers that an event, a rate and a bill may have, side by side.</summary>
public sealed class ExtremeQuantities(RunningPortal portal) : IClassFixture<RunningPortal>
{
    [Fact]
    public async Task Are_as_exact_as_all_others()
    {
        var c = await portal.NewCommunityAsync();
        JsonObject[] events =
        [
            Bytes("a", 1_000_000_000_000_000m, "2025-09-03T01:02:03.000001Z"), Bytes("a", 999_999_999_999_999.000001m, "2025-10-03T01:02:03.000007Z"),
            Bytes("b", 0.000001m, "2025-10-04T01:02:03.000001Z"), Bytes("c", -0.000003m, "2025-10-04T01:02:03.000001Z"),
            Work("c", 1_000_000_000_000_000m, 999_999_999_999_999.999999m), Work("b", 1m, 0.000001m),
        ];
        await c.StoreAsync(events);
        var books = new PlainBooks(DateTimeZone.Utc);
        books.Bills.Add(new PlainBill("disks", "2025-10", 1_000_000_000_000m, PlainMeters.Storage, 12.5m));
        books.Bills.Add(new PlainBill("database", "2025-10", 999_999_999.99m, "db_time", 0));
        books.Rates.Add(new PlainRate(PlainMeters.Storage, 0.000000000001m, History.Start));
        books.Rates.Add(new PlainRate("db_time", 0.000000000007m, History.Start));
        books.Rates.Add(new PlainRate("db_operations", 123.000000000007m, History.Start));
        foreach (var (method, path, body) in RandomBooks.Calls(books)) Assert.Equal(HttpStatusCode.Created, (await c.JsonAsync(method, "api/v1/" + path, body.ToJsonString())).Status);

        var usage = new PlainUsage(new PlainLedger([.. events.Select(e => RawEvent.Parse(e.ToJsonString()))], Policy.GroupCarries, carrier => carrier), books);
        var answers = new PortalAnswers(c, usage);
        foreach (var range in (Stretch[])[books.Month("2025-10"), new Stretch(books.Month("2025-09").From, books.Month("2025-11").To)])
        {
            var costs = new PlainCosts(usage, range);
            await answers.PlatformCostsAsync("group", acted: false, range, costs);
            foreach (var group in (string[])["a", "b", "c"])
            {
                await answers.GroupUsageAsync(group, range, byMember: true);
                await answers.AccountCostsAsync("group:" + group, range, costs);
            }
        }
        Assert.Empty(answers.Differences);

        static JsonObject Bytes(string group, decimal bytes, string at) => A.Event("storage.changed", "ann", at, null, ("delta_bytes", bytes), ("group", group));
        static JsonObject Work(string group, decimal count, decimal ms) =>
            A.Event("db.operation", "ann", "2025-10-04T01:02:03.000001Z", null, ("count", count), ("duration_ms", ms), ("group", group));
    }
}

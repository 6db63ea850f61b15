using System.Net;
using System.Text.Json.Nodes;
using NodaTime;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Exactness;

/// <summary>
/// A real history with random plans, rates and bills: usage, costs and statements of everybody, over HTTP, equal a second
/// calculation that shares nothing with the first but the text of the rules.
/// </summary>
public sealed class HistoryTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private static readonly string[] Zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"];

    public static TheoryData<string, int, int> Cases => new(Policy.Offered.SelectMany(p => new[] { 1, 2 }.Select(seed => (p.Name, p.GroupPercent, seed))));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Every_figure_of_everybody_equals_the_plain_calculation(string policyName, int groupPercent, int seed)
    {
        var random = new Random(seed);
        var policy = new Policy(policyName, groupPercent);
        var zone = DateTimeZoneProviders.Tzdb[Zones[seed % Zones.Length]];
        var community = await portal.NewCommunityAsync(policy.Describe(new JsonObject { ["name"] = "History", ["currency"] = "USD", ["billingTimeZone"] = zone.Id }));
        var sent = History.Real.Concat(History.More(random, 400, zone)).ToArray();
        var voided = await Arrival.SendAsync(community, random, sent, voidOneIn: 20, batch: 300);
        var books = RandomBooks.Of(random, zone, History.People, History.Groups);
        foreach (var (method, path, body) in RandomBooks.Calls(books))
        {
            var answer = await community.JsonAsync(method, "api/v1/" + path, body.ToJsonString());
            Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.Created, $"{method} {path} {body}: {answer.Text}");
        }

        var alive = sent.Where(e => !voided.Contains((string)e["id"]!)).Select(e => RawEvent.Parse(e.ToJsonString())).ToArray();
        var usage = new PlainUsage(new PlainLedger(alive, policy, books.Present), books);
        var answers = new PortalAnswers(community, usage);
        string[] people = [.. usage.Ledger.Carriers.Concat(usage.Ledger.Actors).Where(c => c.StartsWith("user:", StringComparison.Ordinal)).Select(c => c[5..]).Distinct()];
        string[] groups = [.. usage.Ledger.Carriers.Where(c => c.StartsWith("group:", StringComparison.Ordinal)).Select(c => c[6..])];
        Stretch[] ranges = [books.Month("2025-10"), books.Month("2025-11"), AnyRange(random, zone)];
        foreach (var range in ranges)
        {
            var costs = new PlainCosts(usage, range);
            foreach (var person in people)
            {
                await answers.UserUsageAsync(person, range);
                await answers.AccountCostsAsync("user:" + person, range, costs);
            }
            foreach (var group in groups)
            {
                await answers.GroupUsageAsync(group, range, byMember: policy == Policy.GroupCarries);
                await answers.AccountCostsAsync("group:" + group, range, costs);
            }
            foreach (var by in (string[])["user", "group"]) await answers.PlatformCostsAsync(by, acted: false, range, costs);
            await answers.PlatformCostsAsync("user", acted: true, range, new PlainCosts(usage, range, acted: true));
        }
        foreach (var period in (string[])["2025-09", "2025-10", "2025-11"])
        {
            foreach (var account in people.Select(p => "user:" + p).Concat(groups.Select(g => "group:" + g))) await answers.StatementAsync(account, period);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{answers.Compared} figures compared, seed {seed}, {zone}");
        Assert.True(answers.Differences.Count == 0, $"Seed {seed}, {policy}, {zone}: {answers.Differences.Count} of {answers.Compared} differ.\n{string.Join('\n', answers.Differences.Take(20))}");
    }

    private static Stretch AnyRange(Random random, DateTimeZone zone)
    {
        var (a, b) = (History.AnyTime(random, zone), History.AnyTime(random, zone));
        return a == b ? new Stretch(a, a + Duration.FromSeconds(1)) : new Stretch(Instant.Min(a, b), Instant.Max(a, b));
    }
}

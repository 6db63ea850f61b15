using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Exactness;

/// <summary>
/// What holds of any history, in any order and batching of arrival, with events sent twice, voided and late, under any policy of
/// attribution: each history is a community of its own in a real database. What is pure is held with its own types.
/// </summary>
public sealed class Invariants(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private const int Histories = 200;

    private static readonly Instant Start = Instant.FromUtc(2025, 9, 28, 0, 0);

    // Few names and few instants, so that events meet; some off the hour, so that whole hours and edges both count.
    private static readonly Gen<Happening> Any = Gen.Select(
        Gen.Int[0, 13], Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Long[0, 2_000_000_000], Gen.Int[0, 400],
        (what, file, person, group, kind, size, slot) => new Happening(what, file, person, group, kind, size, slot));

    private static readonly Gen<(Happening[] Events, int Seed)> AnyHistory = Gen.Select(Any.Array[1, 25], Gen.Int[0, int.MaxValue]);

    [Fact]
    public async Task Hold_of_any_history() => await AnyHistory.SampleAsync(
        history => CheckAsync(history.Events, new Random(history.Seed)),
        iter: Histories, threads: 2, print: h => $"seed {h.Seed}: {string.Join(' ', h.Events.Select(e => e.ToString()))}");

    private async Task CheckAsync(Happening[] events, Random random)
    {
        var policy = History.Any(random, Policy.Offered);
        var community = await portal.NewCommunityAsync(policy.Describe(new JsonObject { ["name"] = "Any" }));
        JsonObject[] sent = [.. events.Select((e, i) => e.ToEvent(i))];
        var voided = await Arrival.SendAsync(community, random, sent, voidOneIn: 6, batch: 12);
        RawEvent[] alive = [.. sent.Where(e => !voided.Contains((string)e["id"]!)).Select(e => RawEvent.Parse(e.ToJsonString()))];
        var ledger = new PlainLedger(alive, policy, carrier => carrier);

        await RollupsAreThoseOfTheLedgerAsync(community, alive.Length);
        await CarriersAddUpAndPartsOfTimeTooAsync(community, ledger, random);
        await SharesAddUpToTheirBillAsync(community, random);
        await EverythingAgainChangesNothingAsync(community, random, sent);
    }

    private static async Task RollupsAreThoseOfTheLedgerAsync(TestCommunity community, int alive) => Assert.Equal(alive, await community.RecountAsync());

    private static async Task CarriersAddUpAndPartsOfTimeTooAsync(TestCommunity community, PlainLedger ledger, Random random)
    {
        Instant[] bounds = [Happening.At(random.Next(-20, 420)), Happening.At(random.Next(-20, 420)), Happening.At(random.Next(-20, 420)) + Duration.FromSeconds(13)];
        Array.Sort(bounds);
        var (from, middle, to) = (bounds[0], bounds[1], bounds[2] + Duration.FromTicks(10));
        foreach (var meter in (string[])[PlainMeters.Storage, History.Any(random, ["uploaded", "files", "api_time"])])
        {
            var (whole, first, second) = (await CarriedAsync(community, meter, from, to), await CarriedAsync(community, meter, from, middle), await CarriedAsync(community, meter, middle, to));
            foreach (var carrier in ledger.Carriers.Union(whole.Keys))
            {
                var quantity = whole.GetValueOrDefault(carrier);
                Assert.Equal((meter, carrier, PlainLedger.Quantity(meter, ledger.Carried(meter, carrier), from, to).Round(12)), (meter, carrier, quantity));
                Assert.Equal((meter, carrier, quantity), (meter, carrier, first.GetValueOrDefault(carrier) + second.GetValueOrDefault(carrier)));
            }
            var total = await community.ValueAsync(meter, $"from={History.Text(from)}&to={History.Text(to)}");
            Assert.Equal((meter, decimal.Parse(total!, CultureInfo.InvariantCulture)), (meter, whole.Values.Sum()));
        }
    }

    private static async Task SharesAddUpToTheirBillAsync(TestCommunity community, Random random)
    {
        var (bill, idle) = (random.Next(100_000) / 100m, random.Next(4) * 12.5m);
        var driver = History.Any(random, [PlainMeters.Storage, "uploaded", "api_time", "files"]);
        await PostAsync(community, "cost-pools", $$"""{"name":"bill","period":"2025-10","amount":"{{Text(bill)}}","currency":"USD","driver":"{{driver}}","idlePercent":"{{Text(idle)}}"}""");
        var (users, groups) = (await GetAsync(community, "costs?period=2025-10&by=user"), await GetAsync(community, "costs?period=2025-10&by=group"));
        var shares = users.GetProperty("items").EnumerateArray().Concat(groups.GetProperty("items").EnumerateArray()).Select(i => Number(i, "pools")).ToArray();
        Assert.All(shares, share => Assert.True(share > 0 && share == Math.Round(share, 2)));
        Assert.Equal(bill, shares.Sum() + Number(users.GetProperty("unattributed"), "pools") + Number(users.GetProperty("totals"), "idle"));
    }

    private async Task EverythingAgainChangesNothingAsync(TestCommunity community, Random random, JsonObject[] sent)
    {
        var before = await StoredAsync(community);
        random.Shuffle(sent);
        var again = await community.SendAsync(sent);
        Assert.Equal((HttpStatusCode.OK, 0, sent.Length), (again.Status, again.Accepted, again.Duplicates));
        Assert.Equal(before, await StoredAsync(community));
    }

    private static async Task<Dictionary<string, decimal>> CarriedAsync(TestCommunity community, string meter, Instant from, Instant to) =>
        (await community.CarriedAsync(meter, from, to)).ToDictionary(
            c => c.Key, c => decimal.Parse(meter == PlainMeters.Storage ? c.Value.Integral.ToString() : c.Value.Sum.ToString(), CultureInfo.InvariantCulture));

    private async Task<string> StoredAsync(TestCommunity community)
    {
        await using var select = portal.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand($"""
            SELECT concat((SELECT string_agg(r::text, ' ' ORDER BY meter_id, scope, key, hour) FROM rollup_hour r WHERE tenant_id = {community.Id}),
                          (SELECT string_agg(d::text, ' ' ORDER BY key, part) FROM storage_delta d WHERE tenant_id = {community.Id}),
                          (SELECT count(*) FROM ledger WHERE tenant_id = {community.Id}))
            """);
        return (string)(await select.ExecuteScalarAsync())!;
    }

    private static async Task PostAsync(TestCommunity community, string path, string body)
    {
        var answer = await community.JsonAsync(HttpMethod.Post, "api/v1/" + path, body);
        Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.Created, answer.Text);
    }

    private static async Task<JsonElement> GetAsync(TestCommunity community, string path)
    {
        var answer = await community.GetAsync("api/v1/" + path);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Json;
    }

    private static decimal Number(JsonElement json, string member) => decimal.Parse(json.GetProperty(member).GetString()!, CultureInfo.InvariantCulture);

    private static string Text(decimal value) => value.ToString(CultureInfo.InvariantCulture);

    private sealed record Happening(int What, int File, int Person, int Group, int Kind, long Size, int Slot)
    {
        // A hundred minutes apart, some a little later: over days, and from one month into the next.
        public static Instant At(int slot) => Start + Duration.FromMinutes(100 * slot);

        public JsonObject ToEvent(int index)
        {
            var at = History.Text(At(Slot / 4) + Duration.FromTicks(Slot % 3 == 0 ? 0 : 1_234_560));
            var id = $"e{index}";
            var (file, person, group, kind) = (Name("f", File), Name("u", Person), Name("g", Group), Name("k", Kind));
            var e = What switch
            {
                <= 3 => A.Upload(person, Size, file, group, kind, at, id),
                4 => A.Event("media.shared", person, at, id, ("file", file), ("size_bytes", Size), ("group", group), ("kind", kind)),
                5 or 6 => A.Deletion(person, Size, file, group, kind, at, id),
                7 => A.Change(person, Size - 1_000_000_000, group, kind, at, id),
                8 => A.Snapshot(person, Size, group, kind, at, id),
                9 or 10 => A.Attachment(person, file ?? "f1", group ?? "g1", Size, at, id),
                11 => A.Message(person, group, at, id),
                _ => A.Request(person, Size / 1_000_000m, group: group, at: at, id: id),
            };
            e["source"] = index % 2 == 0 ? "/a" : "/b";
            return e;
        }

        public override string ToString() => $"({What},{File},{Person},{Group},{Kind},{Size},{Slot})";

        private static string? Name(string prefix, int number) => number == 0 ? null : prefix + number;
    }
}

using System.Globalization;
using System.Net;
using System.Text.Json;
using NodaTime;
using NodaTime.Text;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Exactness;

/// <summary>Holds what a running portal answers against the plain calculation, and gathers every difference.</summary>
public sealed class PortalAnswers(TestCommunity community, PlainUsage usage)
{
    private readonly List<string> differences = [];

    /// <summary>How many figures were compared.</summary>
    public int Compared { get; private set; }

    public IReadOnlyList<string> Differences => differences;

    public async Task UserUsageAsync(string user, Stretch range)
    {
        var (answer, what) = await GetAsync($"users/{user}/usage", range);
        Compare(what + " meters", usage.Account("user:" + user, range), Rows(answer.GetProperty("meters")));
        Compare(what + " acted", usage.Acted(user, range), Rows(answer.GetProperty("acted")));
        Compare(what + " carried", usage.Carried("user:" + user, range), Rows(answer.GetProperty("carried")));
        var groups = answer.GetProperty("groups").EnumerateArray().ToDictionary(g => g.GetProperty("group").GetString()!, g => Rows(g.GetProperty("meters")));
        var expected = usage.Groups("user:" + user, range);
        Compare(what + " groups", string.Join(' ', expected.Keys.Order(StringComparer.Ordinal)), string.Join(' ', groups.Keys.Order(StringComparer.Ordinal)));
        foreach (var (group, rows) in expected.Where(g => groups.ContainsKey(g.Key))) Compare($"{what} group {group}", rows, groups[group]);
    }

    public async Task GroupUsageAsync(string group, Stretch range, bool byMember)
    {
        var (answer, what) = await GetAsync($"groups/{group}/usage", range);
        var payer = usage.Books.Payer(group, range.To - Duration.FromTicks(10));
        var own = payer == "group:" + group;
        Compare(what + " paidBy", own ? null : payer, Text(answer, "paidBy"));
        Compare(what + " carried", usage.Carried("group:" + group, range), Rows(answer.GetProperty("carried")));
        Compare(what + " meters", own ? usage.Account(payer, range) : usage.Carried("group:" + group, range), Rows(answer.GetProperty("meters")));
        if (!byMember) return;
        var members = answer.GetProperty("byMember").EnumerateArray().ToDictionary(m => Text(m, "user") ?? "", m => Rows(m.GetProperty("meters")));
        foreach (var (member, rows) in usage.Members(group, range))
        {
            if (!members.TryGetValue(member, out var answered)) Compare($"{what} member {member}", "", string.Join(' ', rows.Where(r => r.Value.Value != 0 || r.Value.Level is not (null or 0)).Select(r => r.Key)));
            else Compare($"{what} member {member}", rows.Where(r => PlainMeters.Priced.Contains(r.Key)).ToDictionary(), answered);
        }
    }

    public async Task AccountCostsAsync(string account, Stretch range, PlainCosts costs)
    {
        var (answer, what) = await GetAsync($"{account.Replace(":", "s/", StringComparison.Ordinal)}/costs", range);
        var (rates, pools, sums) = (answer.GetProperty("unitRates"), answer.GetProperty("pools"), answer.GetProperty("reconciliation"));
        CompareLists(
            what + " unit rates", costs.Lines.Where(l => l.Carrier == account),
            rates.GetProperty("lines").EnumerateArray().Select(l => new PlainCostLine(
                account, Text(l, "meter")!, Number(l, "quantity"), Number(l, "rate"), Number(l, "amount"), l.TryGetProperty("from", out _) ? new Stretch(Time(l, "from"), Time(l, "to")) : null)));
        Compare(what + " unit rates' total", costs.UnitRates(account), Number(rates, "total"));
        CompareLists(
            what + " pools",
            costs.Pools.Where(p => p.ByCarrier.GetValueOrDefault(account) != 0)
                .Select(p => (p.Bill.Name, p.Bill.Driver, ((Fraction)p.ByCarrier[account] / p.Amount).Round(12), p.ByCarrier[account], p.Estimated)),
            pools.GetProperty("lines").EnumerateArray().Select(l => (Text(l, "pool")!, Text(l, "driver")!, Number(l, "share"), Number(l, "amount"), l.TryGetProperty("estimated", out _))));
        Compare(what + " pools' total", costs.OfPools(account), Number(pools, "total"));
        var (bill, attributed) = (costs.Pools.Sum(p => p.Amount), costs.Pools.Sum(p => p.Attributed));
        Compare(
            what + " reconciliation", (bill, attributed, costs.Pools.Sum(p => p.Unattributed), costs.Pools.Sum(p => p.Idle), bill == 0 ? 0 : ((Fraction)attributed / bill * 100m).Round(4)),
            (Number(sums, "bill"), Number(sums, "attributed"), Number(sums, "unattributed"), Number(sums, "idle"), Number(sums, "attributedPercent")));
    }

    public async Task PlatformCostsAsync(string by, bool acted, Stretch range, PlainCosts costs)
    {
        var (answer, what) = await GetAsync("costs", range, $"&by={by}&limit=1000{(acted ? "&view=acted" : "")}");
        var carriers = costs.Lines.Select(l => l.Carrier).Concat(costs.Pools.SelectMany(p => p.ByCarrier.Keys)).Distinct();
        var expected = carriers.Where(c => c.StartsWith(by + ":", StringComparison.Ordinal)).Select(c => (Account: c, UnitRates: costs.UnitRates(c), Pools: costs.OfPools(c)))
            .Where(c => c.UnitRates != 0 || c.Pools != 0).OrderByDescending(c => c.UnitRates + c.Pools).ThenBy(c => c.Account, StringComparer.Ordinal);
        CompareLists(what, expected, answer.GetProperty("items").EnumerateArray().Select(i => (Text(i, "account")!, Number(i, "unitRates"), Number(i, "pools"))));
        var (totals, nobody) = (answer.GetProperty("totals"), answer.GetProperty("unattributed"));
        var (rates, pools) = (costs.Lines.Sum(l => l.Amount), costs.Pools.Sum(p => p.Attributed + p.Unattributed));
        Compare(
            what + " totals", (rates, pools, costs.Pools.Sum(p => p.Idle), rates + pools),
            (Number(totals, "unitRates"), Number(totals, "pools"), Number(totals, "idle"), Number(totals, "total")));
        Compare(what + " unattributed", (costs.UnitRates(""), costs.Pools.Sum(p => p.Unattributed)), (Number(nobody, "unitRates"), Number(nobody, "pools")));
    }

    public async Task StatementAsync(string account, string period)
    {
        var answer = await community.GetAsync($"api/v1/{account.Replace(":", "s/", StringComparison.Ordinal)}/statement?period={period}");
        var what = $"{account} statement {period}";
        if (answer.Status != HttpStatusCode.OK)
        {
            differences.Add($"{what}: {answer.Status} {answer.Text}");
            return;
        }
        var expected = PlainStatement.Of(usage, account, period);
        Compare(what, (expected.Plan, expected.PaidBy, expected.Total), (Text(answer.Json, "plan"), Text(answer.Json, "paidBy"), Number(answer.Json, "total")));
        CompareLists(
            what, expected.Lines, answer.Json.GetProperty("lines").EnumerateArray().Select(l => new PlainLine(Text(l, "meter")!, Number(l, "quantity"), Number(l, "amount"))));
    }

    private async Task<(JsonElement Answer, string What)> GetAsync(string path, Stretch range, string more = "")
    {
        var address = $"api/v1/{path}?from={History.Text(range.From)}&to={History.Text(range.To)}{more}";
        var answer = await community.GetAsync(address);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{address}: {answer.Status} {answer.Text}");
        return (answer.Json, address);
    }

    private void Compare(string what, Dictionary<string, PlainRow> expected, Dictionary<string, PlainRow> answered)
    {
        foreach (var (meter, row) in expected) Compare($"{what} {meter}", row, answered.GetValueOrDefault(meter));
    }

    private void CompareLists<T>(string what, IEnumerable<T> expected, IEnumerable<T> answered)
    {
        var (left, right) = (expected.ToArray(), answered.ToArray());
        for (var i = 0; i < Math.Max(left.Length, right.Length); i++) Compare($"{what} [{i}]", left.ElementAtOrDefault(i), right.ElementAtOrDefault(i));
    }

    private void Compare<T>(string what, T expected, T answered)
    {
        Compared++;
        if (!Equals(expected, answered)) differences.Add($"{what}: {expected} was expected, {answered} answered");
    }

    private static Dictionary<string, PlainRow> Rows(JsonElement rows) => rows.EnumerateArray().Where(r => Text(r, "meter") != "api_latency").ToDictionary(
        r => Text(r, "meter")!,
        r => new PlainRow(Number(r, "value"), Known(r, "included"), Known(r, "over"), Known(r, "byteSeconds"), Known(r, "level")));

    private static string? Text(JsonElement json, string member) => json.TryGetProperty(member, out var value) ? value.GetString() : null;

    private static decimal Number(JsonElement json, string member) => Known(json, member) ?? 0;

    // Twelve places at most: what a portal may leave behind the twelfth is nothing that anyone measured.
    private static decimal? Known(JsonElement json, string member) =>
        Text(json, member) is { } text ? Math.Round(decimal.Parse(text, CultureInfo.InvariantCulture), 12, MidpointRounding.AwayFromZero) : null;

    private static Instant Time(JsonElement json, string member) => InstantPattern.ExtendedIso.Parse(Text(json, member)!).Value;
}

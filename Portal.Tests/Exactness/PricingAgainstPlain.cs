using System.Text.Json;
using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Costs;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;

namespace OpenMeet.Insights.Tests.Exactness;

/// <summary>The rules of prices and of shared bills, without a database: ten thousand cases each against the plain calculation.</summary>
public sealed class PricingAgainstPlain
{
    private const int Cases = 10_000;

    private static readonly string[] Zones = ["UTC", "Europe/Berlin", "America/New_York"];

    [Fact]
    public void Every_line_of_any_statement_is_the_same() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            var zone = DateTimeZoneProviders.Tzdb[History.Any(random, Zones)];
            var period = new BillingPeriod(2025, random.Next(9, 13), zone);
            var month = new PlainBooks(zone).Month(period.ToString());
            var segments = Segments(random, month);
            var used = segments.Select(s => s.Plan.Items.Select(i => i.Meter).Concat(segments.SelectMany(o => o.Plan.Items).Select(i => i.Meter)).Distinct()
                .ToDictionary(m => m, m => Quantity(random, m))).ToArray();

            var rated = StatementRating.Rate(period, [.. segments.Select((s, i) => new RatedSegment(new TimeRange(s.Range.From, s.Range.To), Read(s.Plan), used[i]))]);
            var plain = PlainStatement.Rate(month, segments, (meter, range) => used[segments.FindIndex(s => s.Range == range)][meter]);

            Assert.Equal(plain, rated.Lines.Select(l => new PlainLine(l.Meter, l.Quantity, l.Amount)));
            Assert.Equal(plain.Sum(l => l.Amount), rated.Total);
        },
        iter: Cases);

    // Few small weights, so that remainders tie.
    [Fact]
    public void Every_share_of_any_bill_is_the_same() => Gen.Select(Gen.Int[0, 3_000], Gen.Int[0, 1000], Gen.Int[-2, 6].Array[0, 9], Gen.Int[-1, 4]).Sample(
        (cents, idleTenths, drivers, nobody) =>
        {
            var bill = new PlainBill("bill", "2025-10", cents / 100m, "messages", idleTenths % 2 == 0 ? 0 : idleTenths / 10m);
            var weights = drivers.Select((d, i) => (Key: (i % 3 == 0 ? "user:" : "group:") + i, Value: d)).ToArray();
            var plain = PlainCosts.Share(bill, weights.Append(("", nobody)).ToDictionary(w => w.Item1, w => (Fraction)w.Item2));

            var shared = CostPool.Share(new Amount(bill.Amount, new Currency("USD")), bill.IdlePercent, weights.ToDictionary(w => w.Key, w => (decimal)w.Value), nobody);

            Assert.Equal((plain.Idle, plain.Unattributed), (shared.Idle.Value, shared.Unattributed.Value));
            Assert.All(weights, w => Assert.Equal(plain.ByCarrier.GetValueOrDefault(w.Key), shared.ByCarrier[w.Key].Value));
            Assert.Equal(bill.Amount, shared.ByCarrier.Values.Aggregate(shared.Idle + shared.Unattributed, (sum, share) => sum + share).Value);
        },
        iter: Cases);

    // One to three plans, cut at a day, an hour, or anywhere.
    private static List<(Stretch Range, PlainPlan Plan)> Segments(Random random, Stretch month)
    {
        var seconds = (long)(month.To - month.From).TotalSeconds;
        Instant[] cuts = [.. Enumerable.Range(0, random.Next(3)).Select(_ => month.From + Duration.FromSeconds(random.Next(3) switch
        {
            0 => 86_400 * random.Next(1, 28),
            1 => 3_600 * random.Next(1, 600),
            _ => random.NextInt64(1, seconds),
        }))];
        Instant[] bounds = [month.From, .. cuts.Distinct().Order(), month.To];
        return [.. bounds.Zip(bounds.Skip(1)).Select((b, i) => (new Stretch(b.First, b.Second), RandomBooks.Plan(random, $"plan-{i}")))];
    }

    // Whole units often, so that bounds of tiers and packages are met; now and then less than nothing.
    private static decimal Quantity(Random random, string meter) => RandomBooks.Unit(meter) * random.Next(6) switch
    {
        0 => 0,
        1 => -random.Next(100),
        2 => random.Next(1_000_000) / 1_000m,
        _ => random.Next(300),
    };

    private static Plan Read(PlainPlan plan)
    {
        using var json = JsonDocument.Parse(RandomBooks.Json(plan).ToJsonString());
        return PlanReader.Read(json.RootElement, _ => true, [])!;
    }
}

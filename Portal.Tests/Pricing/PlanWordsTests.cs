using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Pricing;

namespace OpenMeet.Insights.Tests.Pricing;

public sealed class PlanWordsTests
{
    private static readonly StoredMeter Emails = new(1, new Meter("emails", "Emails", "", "emails", Aggregation.Sum, [], new Dictionary<string, JsonPath>()), true);
    private static readonly StoredMeter Storage = new(2, new Meter("storage", "Storage", "", "bytes", Aggregation.TimeWeightedSum, [], new Dictionary<string, JsonPath>()), true);

    private static PlanItem Item(Price? price, decimal? limit = null, LimitKind kind = LimitKind.Soft, decimal discount = 0, decimal? minimum = null) =>
        new("emails", 3000, limit, kind, price, discount, minimum);

    [Fact]
    public void Prices_are_said_in_words()
    {
        Assert.Equal("0.80 USD for every 1,000 emails begun beyond, less 10 %", PlanWords.Price(Item(new Price.Package(1000, 0.80m), discount: 10), Emails, "USD"));
        Assert.Equal("0.00005 USD for each of the emails beyond", PlanWords.Price(Item(new Price.PerUnit(0.00005m)), Emails, "USD"));
        Assert.Equal("beyond, by steps: up to 1,000 0.006 USD each; then 0.003 USD each and 1.00 USD once", PlanWords.Price(Item(new Price.Graduated([new(1000, 0.006m, null), new(null, 0.003m, 1m)])), Emails, "USD"));
        Assert.Equal("nothing", PlanWords.Price(Item(null), Emails, "USD"));
    }

    [Fact]
    public void What_is_included_in_GB_months_is_limited_in_GB()
    {
        Assert.Equal("3,000 GB-months", PlanWords.Included(Item(null), Storage));
        Assert.Equal("10 GB, hard: what would pass it is refused", PlanWords.Limit(Item(null, 10_000_000_000m, LimitKind.Hard), Storage));
        Assert.Equal("none", PlanWords.Limit(Item(null), Storage));
    }
}

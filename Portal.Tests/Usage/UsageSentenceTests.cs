using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Usage;

namespace OpenMeet.Insights.Tests.Usage;

public sealed class UsageSentenceTests
{
    private static readonly LocalDate Today = new(2026, 11, 24);

    private static UsageRow Storage(decimal used, QuotaState state, LimitKind kind = LimitKind.Hard, LimitDate? reaches = null) => new(
        DefaultMeters.All[0], "GB-months", 1m, 10m, 0m, 10_000_000_000m, kind, used, 0m, 10_000_000_000m - used, state, "0", used, reaches,
        [new LimitLink("plan", "Club v1", 10_000_000_000m, kind, true)]);

    private static LimitDate Dated(int days) => new(LimitDateOutcome.Dated, Today.PlusDays(days - 5), Today.PlusDays(days), Today.PlusDays(days + 5), days - 5, days, days + 5, 28, 14);

    [Fact]
    public void It_names_the_first_limit_with_its_date_and_range()
    {
        var sentence = UsageSentence.Of([Storage(8_000_000_000m, QuotaState.Watch, reaches: Dated(35))], null, Today);
        Assert.Equal("Within your plan. Storage is the first limit you would meet, about 29 Dec", sentence.Text);
        Assert.Equal("(24 Dec – 3 Jan).", sentence.Range);
        Assert.Contains("nothing is deleted", sentence.Consequence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_hard_limit_says_what_goes_on()
    {
        var sentence = UsageSentence.Of([Storage(10_000_000_000m, QuotaState.Blocked)], null, Today);
        Assert.StartsWith("Storage is full", sentence.Text, StringComparison.Ordinal);
        Assert.Contains("Reading, exporting and deleting always work", sentence.Consequence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_soft_limit_stops_nothing_and_says_so() =>
        Assert.EndsWith("Nothing stops.", UsageSentence.Of([Storage(11_000_000_000m, QuotaState.Over, LimitKind.Soft)], null, Today).Text, StringComparison.Ordinal);

    [Fact]
    public void What_does_not_grow_has_no_date()
    {
        var still = new LimitDate(LimitDateOutcome.NotGrowing, null, null, null, null, null, null, 28, 14);
        var sentence = UsageSentence.Of([Storage(8_000_000_000m, QuotaState.Watch, reaches: still)], null, Today);
        Assert.Null(sentence.Range);
        Assert.Contains("no date", sentence.Consequence, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_limit_nothing_limits_and_a_payer_is_named()
    {
        Assert.Equal("Nothing limits this account.", UsageSentence.Of([], null, Today).Text);
        Assert.StartsWith("Olga pays", UsageSentence.Of([], "Olga", Today).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_most_urgent_row_comes_first()
    {
        var rows = UsageSentence.Urgent([Storage(1m, QuotaState.Ok), Storage(2m, QuotaState.Watch, reaches: Dated(40)), Storage(3m, QuotaState.Blocked), Storage(4m, QuotaState.Act, reaches: Dated(10))]);
        Assert.Equal([3m, 4m, 2m, 1m], rows.Select(r => r.Used!.Value));
    }
}

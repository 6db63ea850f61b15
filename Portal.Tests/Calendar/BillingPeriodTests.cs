using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;

namespace OpenMeet.Insights.Tests.Calendar;

public sealed class BillingPeriodTests
{
    private static DateTimeZone Zone(string id) => DateTimeZoneProviders.Tzdb[id];

    [Theory]
    [InlineData("UTC", 2026, 11, 2_592_000)]
    [InlineData("UTC", 2028, 2, 29 * 86_400)]
    [InlineData("Europe/Berlin", 2026, 3, (31 * 86_400) - 3_600)]
    [InlineData("Europe/Berlin", 2026, 10, (31 * 86_400) + 3_600)]
    [InlineData("Australia/Lord_Howe", 2026, 4, (30 * 86_400) + 1_800)]
    public void A_month_is_as_long_as_its_zone_makes_it(string zone, int year, int month, int seconds) =>
        Assert.Equal(seconds, new BillingPeriod(year, month, Zone(zone)).Seconds);

    [Fact]
    public void It_begins_at_the_zones_midnight() =>
        Assert.Equal(Instant.FromUtc(2026, 10, 31, 18, 15), new BillingPeriod(2026, 11, Zone("Asia/Kathmandu")).Range.From);

    [Fact]
    public void A_month_begun_is_not_left_again_where_clocks_go_back_over_midnight()
    {
        var zone = Zone("America/St_Johns");
        var november = new BillingPeriod(2009, 11, zone);
        var secondTimeHalfPastEleven = november.Range.From + Duration.FromMinutes(31);

        Assert.Equal(10, secondTimeHalfPastEleven.InZone(zone).Month);
        Assert.Equal(november, BillingPeriod.Containing(secondTimeHalfPastEleven, zone));
    }

    [Theory]
    [InlineData("America/St_Johns")]
    [InlineData("Pacific/Apia")]
    [InlineData("Pacific/Kiritimati")]
    [InlineData("America/Sao_Paulo")]
    [InlineData("Europe/Berlin")]
    [InlineData("America/Havana")]
    public void Every_instant_lies_in_the_one_month_that_contains_it_and_months_join(string id)
    {
        var zone = Zone(id);
        Gen.Long[0, 4_000_000_000].Sample(second =>
        {
            var instant = Instant.FromUnixTimeSeconds(second);
            var period = BillingPeriod.Containing(instant, zone);
            Assert.True(period.Range.Contains(instant));
            Assert.Equal(period.Range.To, period.Next().Range.From);
            Assert.Equal(period, period.Next().Previous());
        });
    }

    [Fact]
    public void It_is_written_and_read_as_year_and_month()
    {
        Assert.True(BillingPeriod.TryParse("2026-11", DateTimeZone.Utc, out var period));
        Assert.Equal(new BillingPeriod(2026, 11, DateTimeZone.Utc), period);
        Assert.Equal("2026-12", period.Next().ToString());
        Assert.Equal("2027-01", period.Next().Next().ToString());
        Assert.Equal("2026-10", period.Previous().ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("2026")]
    [InlineData("2026-1")]
    [InlineData("2026-13")]
    [InlineData("2026-00")]
    [InlineData("0000-01")]
    [InlineData("2026/11")]
    [InlineData(" 026-11")]
    [InlineData("2026-+1")]
    [InlineData("2026-11-01")]
    public void Anything_else_is_no_period(string? text) => Assert.False(BillingPeriod.TryParse(text, DateTimeZone.Utc, out _));
}

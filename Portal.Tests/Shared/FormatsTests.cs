using NodaTime;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Tests.Shared;

public sealed class FormatsTests
{
    private static readonly DateOnly Today = new(2026, 11, 23);

    [Theory]
    [InlineData("118400", "118,400")]
    [InlineData("0", "0")]
    [InlineData("0.125", "0.13")]
    [InlineData("-1234.5", "−1,234.5")]
    [InlineData("-0.001", "0")]
    public void Number_groups_by_three_and_has_a_true_minus(string value, string expected) =>
        Assert.Equal(expected, Formats.Number(Decimal(value)));

    [Theory]
    [InlineData("7840000000", "7.84 GB")]
    [InlineData("22900000000", "22.9 GB")]
    [InlineData("1204000000000", "1,204 GB")]
    [InlineData("54000000", "54 MB")]
    [InlineData("3000", "3 kB")]
    [InlineData("12", "12 B")]
    [InlineData("0", "0 B")]
    [InlineData("-54000000", "−54 MB")]
    public void Bytes_are_powers_of_ten(string value, string expected) => Assert.Equal(expected, Formats.Bytes(Decimal(value)));

    [Theory]
    [InlineData("8.14", "8.14 USD")]
    [InlineData("8", "8.00 USD")]
    [InlineData("0", "0.00 USD")]
    [InlineData("0.0004", "< 0.01 USD")]
    [InlineData("-243.06", "−243.06 USD")]
    [InlineData("1234567.891", "1,234,567.89 USD")]
    public void Money_has_two_decimals_and_its_code(string value, string expected) => Assert.Equal(expected, Formats.Money(Decimal(value), "USD"));

    [Theory]
    [InlineData("0.784", "78 %")]
    [InlineData("0.9999", "99 %")]
    [InlineData("0.0001", "1 %")]
    [InlineData("1", "100 %")]
    [InlineData("0", "0 %")]
    [InlineData("1.06", "106 %")]
    public void Percent_is_never_rounded_to_all_or_nothing(string value, string expected) => Assert.Equal(expected, Formats.Percent(Decimal(value)));

    [Fact]
    public void Unknown_is_a_dash_and_zero_is_zero()
    {
        Assert.Equal("—", Formats.Number(null));
        Assert.Equal("—", Formats.Bytes(null));
        Assert.Equal("—", Formats.Money(null, "USD"));
        Assert.Equal("—", Formats.Percent(null));
        Assert.Equal("—", Formats.Date((DateOnly?)null));
        Assert.Equal("—", Formats.Quantity(null, "emails"));
        Assert.Equal("0", Formats.Quantity(0, ""));
    }

    [Theory]
    [InlineData(9, 13, "9 of 13")]
    [InlineData(0, 0, "0 of 0")]
    [InlineData(118, 146, "81 % (118 of 146)")]
    public void Ratio_names_its_n(int count, int of, string expected) => Assert.Equal(expected, Formats.Ratio(count, of));

    [Fact]
    public void Of_writes_both_figures_in_one_unit()
    {
        Assert.Equal("7.84 of 10 GB", Formats.Of(7_840_000_000m, 10_000_000_000m, "bytes"));
        Assert.Equal("0.05 of 10 GB", Formats.Of(50_000_000m, 10_000_000_000m, "bytes"));
        Assert.Equal("118,400 of 200,000", Formats.Of(118_400, 200_000, ""));
        Assert.Equal("8.14 of 12.00 USD", Formats.Of(8.14m, 12, "USD"));
        Assert.Equal("— of 10 GB", Formats.Of(null, 10_000_000_000m, "bytes"));
    }

    [Fact]
    public void Dates_carry_a_year_when_far_and_a_forecast_its_range()
    {
        Assert.Equal("2 Jan 2027", Formats.Date(new DateOnly(2027, 1, 2)));
        Assert.Equal("2 Jan 2027", Formats.Date(new LocalDate(2027, 1, 2)));
        Assert.Equal("2 Jan", Formats.Near(new DateOnly(2027, 1, 2), Today));
        Assert.Equal("14 Apr 2027", Formats.Near(new DateOnly(2027, 4, 14), Today));
        Assert.Equal("1–30 Nov 2026", Formats.Days(new DateOnly(2026, 11, 1), new DateOnly(2026, 11, 30)));
        Assert.Equal("22 Dec 2026 – 24 Jan 2027", Formats.Days(new DateOnly(2026, 12, 22), new DateOnly(2027, 1, 24)));
        Assert.Equal("about 2 Jan (22 Dec – 24 Jan)", Formats.About(new DateOnly(2027, 1, 2), new DateOnly(2026, 12, 22), new DateOnly(2027, 1, 24), Today));
    }

    [Fact]
    public void Date_times_name_their_clock()
    {
        var at = new DateTimeOffset(2026, 11, 23, 14, 5, 0, TimeSpan.Zero);
        Assert.Equal("23 Nov 2026, 14:05 UTC", Formats.DateTime(at));
        Assert.Equal("23 Nov 2026, 15:05 Europe/Berlin", Formats.DateTime(Instant.FromDateTimeOffset(at), DateTimeZoneProviders.Tzdb["Europe/Berlin"]));
    }

    [Theory]
    [InlineData(0.12, "120 ms")]
    [InlineData(45, "45 s")]
    [InlineData(7800, "2 h 10 min")]
    [InlineData(273600, "3 d 4 h")]
    public void Spans_are_written_in_two_units_at_most(double seconds, string expected) => Assert.Equal(expected, Formats.Span(TimeSpan.FromSeconds(seconds)));

    private static decimal Decimal(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}

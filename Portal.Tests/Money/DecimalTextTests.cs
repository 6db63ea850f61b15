using System.Globalization;
using CsCheck;
using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Tests.Money;

public sealed class DecimalTextTests
{
    [Theory]
    [InlineData("41.50", "41.5")]
    [InlineData("-0.000000000001", "-0.000000000001")]
    [InlineData("1.50000000000000000000000000000000000", "1.5")]
    [InlineData("2e-3", "0.002")]
    [InlineData("120E+1", "1200")]
    [InlineData("0.00e5", "0")]
    [InlineData("1000000000000000", "1000000000000000")]
    public void A_number_is_read_to_its_last_digit(string text, string value)
    {
        Assert.Equal(DecimalReading.Exact, DecimalText.Read(text, out var read));
        Assert.Equal(decimal.Parse(value, CultureInfo.InvariantCulture), read);
    }

    [Theory]
    [InlineData(null, DecimalReading.NotANumber)]
    [InlineData("", DecimalReading.NotANumber)]
    [InlineData(" 1", DecimalReading.NotANumber)]
    [InlineData("1,000", DecimalReading.NotANumber)]
    [InlineData("NaN", DecimalReading.NotANumber)]
    [InlineData("Infinity", DecimalReading.NotANumber)]
    [InlineData("1.", DecimalReading.NotANumber)]
    [InlineData("0.0000000000001", DecimalReading.TooManyDecimals)]
    [InlineData("1e-13", DecimalReading.TooManyDecimals)]
    [InlineData("1e-999", DecimalReading.TooManyDecimals)]
    [InlineData("1000000000000000.1", DecimalReading.TooLarge)]
    [InlineData("1e999", DecimalReading.TooLarge)]
    [InlineData("-1e16", DecimalReading.TooLarge)]
    public void What_cannot_be_held_exactly_is_refused_and_why(string? text, DecimalReading reading)
    {
        Assert.Equal(reading, DecimalText.Read(text, out var value));
        Assert.Equal(0m, value);
    }

    [Fact]
    public void Money_keeps_its_minor_digits_and_quantities_no_trailing_zeros()
    {
        Assert.Equal("41.50", DecimalText.Money(41.5m, new Currency("USD")));
        Assert.Equal("0.004", DecimalText.Money(0.004m, new Currency("USD")));
        Assert.Equal("8", DecimalText.Money(8.00m, new Currency("JPY")));
        Assert.Equal("1000", DecimalText.Quantity(1000.00m));
    }

    [Fact]
    public void What_was_written_is_read_back() =>
        Gen.Select(Gen.Long[-999_999_999_999_999, 999_999_999_999_999], Gen.Long[0, 999_999_999_999]).Sample((whole, fraction) =>
        {
            var value = whole + (Math.Sign(whole) * fraction / 1_000_000_000_000m);
            Assert.Equal(DecimalReading.Exact, DecimalText.Read(DecimalText.Quantity(value), out var read));
            Assert.Equal(value, read);
        });
}

using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Tests.Money;

public sealed class AmountTests
{
    private static readonly Currency Usd = new("USD");
    private static readonly Currency Yen = new("JPY");

    [Fact]
    public void Amounts_of_one_currency_add_and_subtract()
    {
        Assert.Equal(new Amount(8.14m, Usd), new Amount(8m, Usd) + new Amount(0.14m, Usd));
        Assert.Equal(new Amount(-0.5m, Usd), new Amount(1m, Usd) - new Amount(1.5m, Usd));
    }

    [Fact]
    public void Amounts_of_two_currencies_do_not()
    {
        Assert.Throws<InvalidOperationException>(() => new Amount(1m, Usd) + new Amount(1m, Yen));
        Assert.Throws<InvalidOperationException>(() => new Amount(1m, Usd) - new Amount(1m, Yen));
    }

    [Theory]
    [InlineData("0.125", "USD", "0.13 USD")]
    [InlineData("-0.125", "USD", "-0.13 USD")]
    [InlineData("8.1", "USD", "8.10 USD")]
    [InlineData("0.5", "JPY", "1 JPY")]
    [InlineData("1.0005", "BHD", "1.001 BHD")]
    public void An_amount_is_rounded_to_its_minor_unit_half_away_from_zero(string value, string code, string printed) =>
        Assert.Equal(printed, new Amount(decimal.Parse(value, System.Globalization.CultureInfo.InvariantCulture), new Currency(code)).RoundToMinor().ToString());

    [Fact]
    public void An_unrounded_amount_prints_all_its_decimals()
    {
        Assert.Equal("0.004 USD", new Amount(0.004m, Usd).ToString());
        Assert.Equal("1200 JPY", new Amount(1200m, Yen).ToString());
    }
}

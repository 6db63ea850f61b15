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
        Assert.Throws<InvalidOperationException>(() => Amount.Sum([new Amount(1m, Usd), new Amount(1m, Yen)], Usd));
        Assert.Throws<InvalidOperationException>(() => Amount.Sum([new Amount(1m, Usd)], Yen));
        Assert.Throws<InvalidOperationException>(() => Amount.Zero(Usd) + default(Amount));
        Assert.Throws<InvalidOperationException>(() => new Amount(1m, Usd) + new Amount(1m, Yen));
        Assert.Throws<InvalidOperationException>(() => new Amount(1m, Usd) - new Amount(1m, Yen));
    }

    [Fact]
    public void A_sum_of_none_is_nothing_in_the_currency()
    {
        Assert.Equal(new Amount(0m, Yen), Amount.Sum([], Yen));
        Assert.Equal(new Amount(0.30m, Usd), Amount.Sum([new Amount(0.10m, Usd), new Amount(0.25m, Usd), new Amount(-0.05m, Usd)], Usd));
    }

    [Fact]
    public void Times_keeps_the_currency_and_all_decimals_until_it_is_rounded()
    {
        Assert.Equal(new Amount(0.0525m, Usd), new Amount(0.15m, Usd) * 0.35m);
        Assert.Equal(new Amount(0.053m, Usd), (new Amount(0.15m, Usd) * 0.35m).Round(3));
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

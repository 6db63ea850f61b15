using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Tests.Money;

public sealed class CurrencyTests
{
    [Theory]
    [InlineData("USD", 2)]
    [InlineData("EUR", 2)]
    [InlineData("JPY", 0)]
    [InlineData("BHD", 3)]
    [InlineData("CLF", 4)]
    public void A_currency_knows_the_decimals_of_its_minor_unit(string code, int digits) =>
        Assert.Equal(digits, new Currency(code).MinorDigits);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("usd")]
    [InlineData("US")]
    [InlineData("USDX")]
    [InlineData("XXX")]
    [InlineData("ABC")]
    public void What_ISO_4217_does_not_list_is_no_currency(string? code)
    {
        Assert.False(Currency.TryParse(code, out _));
        Assert.Throws<ArgumentException>(() => new Currency(code!));
    }

    [Fact]
    public void Two_of_one_code_are_equal_and_print_the_code()
    {
        Assert.True(Currency.TryParse("EUR", out var euro));
        Assert.Equal(new Currency("EUR"), euro);
        Assert.Equal("EUR", euro.ToString());
    }
}

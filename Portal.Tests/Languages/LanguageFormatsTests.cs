using Bunit;
using NodaTime;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Portal.Shared.Charts;
using OpenMeet.Insights.Tests.Shared;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Languages;

public sealed class LanguageFormatsTests : PortalComponentTest
{
    [Theory]
    [InlineData("en", "1,234.5", "12,345.67 USD", "< 0.01", "7.84 of 10 GB", "78 %", "−1,234,567")]
    [InlineData("de", "1.234,5", "12.345,67 USD", "< 0,01", "7,84 von 10 GB", "78 %", "−1.234.567")]
    [InlineData("es", "1234,5", "12.345,67 USD", "< 0,01", "7,84 de 10 GB", "78 %", "−1.234.567")]
    public void Figures(string language, string number, string money, string little, string of, string percent, string negative)
    {
        using var speaking = new Speaking(language);
        Assert.Equal(number, Formats.Number(1234.5m));
        Assert.Equal(money, Formats.Money(12345.67m, "USD"));
        Assert.Equal(little, Formats.MoneyFigure(0.001m));
        Assert.Equal(of, Formats.Of(7_840_000_000m, 10_000_000_000m, "bytes"));
        Assert.Equal(percent, Formats.Percent(0.784m));
        Assert.Equal(negative, Formats.Number(-1234567m));
        Assert.Equal("1234.5", Formats.Plain(1234.5m));
    }

    [Theory]
    [InlineData("en", "2 Mar 2027", "2 Mar", "March 2027", "1–30 Nov 2026", "about 2 Jan (22 Dec – 24 Jan)", "23 Nov 2026, 15:05 Europe/Berlin")]
    [InlineData("de", "2. März 2027", "2. März", "März 2027", "1.–30. Nov. 2026", "etwa am 2. Jan. (22. Dez. – 24. Jan.)", "23. Nov. 2026, 15:05 Europe/Berlin")]
    [InlineData("es", "2 mar 2027", "2 mar", "marzo de 2027", "1–30 nov 2026", "hacia el 2 ene (22 dic – 24 ene)", "23 nov 2026, 15:05 Europe/Berlin")]
    public void Dates(string language, string date, string day, string month, string days, string about, string moment)
    {
        using var speaking = new Speaking(language);
        Assert.Equal(date, Formats.Date(new DateOnly(2027, 3, 2)));
        Assert.Equal(day, Formats.Day(new DateOnly(2027, 3, 2)));
        Assert.Equal(month, Formats.Month(new DateOnly(2027, 3, 1)));
        Assert.Equal(days, Formats.Days(new DateOnly(2026, 11, 1), new DateOnly(2026, 11, 30)));
        Assert.Equal(about, Formats.About(new DateOnly(2027, 1, 2), new DateOnly(2026, 12, 22), new DateOnly(2027, 1, 24), new DateOnly(2026, 11, 23)));
        Assert.Equal(moment, Formats.DateTime(Instant.FromUtc(2026, 11, 23, 14, 5), DateTimeZoneProviders.Tzdb["Europe/Berlin"]));
    }

    [Theory]
    [InlineData("de", DayOfWeek.Monday, "Donnerstag")]
    [InlineData("es", DayOfWeek.Monday, "jueves")]
    public void Weeks(string language, DayOfWeek first, string thursday)
    {
        var dates = Language.Of(language).Culture.DateTimeFormat;
        Assert.Equal((first, thursday), (dates.FirstDayOfWeek, dates.GetDayName(DayOfWeek.Thursday)));
    }

    [Fact]
    public void The_file_of_a_chart_is_the_same_in_every_language()
    {
        var at = new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);
        string File(string language)
        {
            using var speaking = new Speaking(language);
            var chart = new ChartModel("Q?", "S.", "bytes", [new ChartSeries("Level", ChartKind.Line, [new ChartPoint(Formats.Date(new DateOnly(2026, 3, 2)), at, 1_234_567.5m)])],
                null, null, [], new ChartBand("Range", [new ChartBandPoint("", at, 1_000_500m, 1_500_000m)]));
            var table = Render<ChartTable>(p => p.Add(t => t.Model, chart));
            if (language == "de") Assert.Contains("1,5", table.Find("tbody").TextContent, StringComparison.Ordinal);
            var href = table.Find("a[download]").GetAttribute("href")!;
            return System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(href[(href.IndexOf(',', StringComparison.Ordinal) + 1)..]));
        }

        var english = File("en");
        Assert.Contains("2026-03-02,1234567.5,1 – 1.5", english, StringComparison.Ordinal);
        Assert.Equal(english, File("de"));
        Assert.Equal(english, File("es"));
    }
}

using Bunit;
using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Portal.Usage;
using OpenMeet.Insights.Tests.Shared;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Languages;

public sealed class SpokenPartsTests : PortalComponentTest
{
    private static readonly LocalDate Today = new(2026, 11, 24);
    private static readonly LimitDate InFiveWeeks = new(LimitDateOutcome.Dated, Today.PlusDays(30), Today.PlusDays(35), Today.PlusDays(40), 30, 35, 40, 28, 14);

    [Theory]
    [InlineData("de", "Im Rahmen deines Tarifs. Speicher ist das erste Limit, das du erreichen würdest, etwa am 29. Dez.", "(24. Dez. – 3. Jan.).", "nichts wird gelöscht")]
    [InlineData("es", "Dentro de tu plan. Almacenamiento es el primer límite al que llegarías, hacia el 29 dic", "(24 dic – 3 ene).", "no se borra nada")]
    public void The_sentence(string language, string text, string range, string consequence)
    {
        using var speaking = new Speaking(language);
        var sentence = UsageSentence.Of([Row(InFiveWeeks)], null, Today);
        Assert.Equal((text, range), (sentence.Text, sentence.Range));
        Assert.Contains(consequence, sentence.Consequence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("de", "7,84 von 10 GB, 78 %, beobachten, etwa am 29. Dez. (24. Dez. – 3. Jan.)")]
    [InlineData("es", "7,84 de 10 GB, 78 %, atención, hacia el 29 dic (24 dic – 3 ene)")]
    public void The_quota_bar(string language, string spoken)
    {
        using var speaking = new Speaking(language);
        var bar = Render<QuotaBar>(p => p
            .Add(b => b.Label, "Storage").Add(b => b.Used, 7_840_000_000m).Add(b => b.Limit, 10_000_000_000m).Add(b => b.Unit, "bytes")
            .Add(b => b.State, BarState.Watch).Add(b => b.When, ForecastWords.When(InFiveWeeks, Today)));
        Assert.Equal(spoken, bar.Find("[role=meter]").GetAttribute("aria-valuetext"));
        Assert.Equal("width:78.4%", bar.Find(".fill b").GetAttribute("style"));
    }

    [Theory]
    [InlineData("en", "This cycle, 1–30 Nov", "No comparison")]
    [InlineData("de", "Dieser Monat, 1.–30. Nov.", "Kein Vergleich")]
    [InlineData("es", "Este ciclo, 1–30 nov", "Sin comparación")]
    public void Periods_and_comparisons(string language, string period, string none)
    {
        using var speaking = new Speaking(language);
        Assert.Equal((period, none), (RangeChoice.This.Label(Today.ToDateOnly()), CompareChoice.None.Text));
    }

    private static UsageRow Row(LimitDate reaches) => new(
        DefaultMeters.All[0], "GB-months", 1m, 10m, 0m, 10_000_000_000m, LimitKind.Hard, 8_000_000_000m, 0m, 2_000_000_000m, QuotaState.Watch, "0", 8_000_000_000m, reaches,
        [new LimitLink("plan", "Club v1", 10_000_000_000m, LimitKind.Hard, true)]);
}

using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Portal.Alerts;
using OpenMeet.Insights.Tests.Languages;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Alerts;

/// <summary>Told alerts are read back from their texts: in English as they are, in other languages in none of their words.</summary>
public sealed class ToldWordsTests
{
    private static readonly LocalDate Today = new(2026, 11, 23);

    private static readonly LimitDate[] Dates =
    [
        .. Enum.GetValues<LimitDateOutcome>().Select(o => new LimitDate(o, Today.PlusDays(30), Today.PlusDays(35), null, 30, 35, null, 9, 14)),
        new(LimitDateOutcome.Dated, Today.PlusDays(30), Today.PlusDays(350), Today.PlusDays(400), 30, 350, 400, 28, 14), new(LimitDateOutcome.MoreThanAYear, null, null, null, null, null, null, 28, 14),
    ];

    private static readonly Gen<(AlertRule Rule, AlertReading Reading, AlertStep Step)> Any =
        Gen.Select(Gen.Enum<AlertSubject>(), Gen.Enum<AlertMoney>(), Gen.Bool, Gen.Bool, One([.. CommunityMetric.All.Select(m => m.Key)]), One("bytes", "emails", ""), Gen.Decimal[0m, 9_000_000_000m], One(Dates))
            .Select((subject, money, below, forecast, metric, unit, value, reaches) =>
            {
                var isMoney = subject is AlertSubject.Cost or AlertSubject.Budget;
                var rule = new AlertRule(subject, isMoney ? null : "storage", metric, money, below, subject == AlertSubject.Share ? [75m, 90m, 100m] : [30m], subject == AlertSubject.Budget ? 1_000m : null, forecast);
                return (rule, new AlertReading(decimal.Round(value, 2), below && !isMoney ? null : 25_000_000_000m, isMoney ? "USD" : unit, reaches, forecast ? 1_234.56m : null), new AlertStep(30m, forecast && subject == AlertSubject.Budget));
            });

    private static Gen<T> One<T>(params T[] of) => Gen.Int[0, of.Length - 1].Select(i => of[i]);

    private static string[] Texts((AlertRule Rule, AlertReading Reading, AlertStep Step) of) =>
    [
        AlertText.Describe(of.Rule, "Storage", of.Reading.Unit), AlertText.Title(of.Rule, of.Step, of.Reading, "Storage"), AlertText.Detail(of.Rule, of.Reading, Today),
        AlertText.Detail(of.Rule, of.Reading, Today) + " New use is refused; reading, exporting and deleting go on.", $"Somebody tries a rule out: {AlertText.Describe(of.Rule, "Storage", of.Reading.Unit)}.",
    ];

    // But for the commas in amounts of money, which records write without.
    [Fact]
    public void In_English_they_are_as_they_are() => Any.Sample(
        of => Assert.All(Texts(of), t => Assert.Equal(t.Replace(",", "", StringComparison.Ordinal), AlertWords.Told.Say(t).Replace(",", "", StringComparison.Ordinal))), iter: 1_000);

    [Theory]
    [InlineData("de")]
    [InlineData("es")]
    public void In_another_language_no_word_stays_English(string language)
    {
        Any.Sample(of =>
        {
            using var speaking = new Speaking(language);
            Assert.All(Texts(of).Select(AlertWords.Told.Say), t => Assert.DoesNotMatch(@"\b(the|is|used|now|so far|limit of|reached|days|forecast to|expected|month|and|later|about|year)\b", t));
        }, iter: 500);
        var words = WordsTests.Read("." + language);
        Assert.All(AlertWords.Told.Sentences, s => Assert.True(words.ContainsKey(s), s));
    }

    [Fact]
    public void A_budgets_question_reads_in_German_and_leads_to_the_budget()
    {
        using var speaking = new Speaking("de");
        Assert.Equal("Ein Budget ist aufgebraucht: Sollen neue Uploads bis 30. Nov. pausieren?", AlertWords.Told.Say("A budget is used up: shall new uploads pause until 30 Nov?"));
        Assert.Equal("Budget von 50,00 USD im Monat (Kosten): 1.051,20 USD. Uploads gehen weiter, bis du antwortest, unter „Regeln der Gruppe“.", AlertWords.Told.Say("1,051.20 USD of the budget of 50.00 USD a month (cost). Uploads go on until you answer, under Controls."));

        var line = new InboxNotice { Recipient = "user:olga", Account = "group:chess", Title = "", Detail = "", Budget = 12 };
        Assert.Equal("/groups/chess/controls#budget-12", AlertPlaces.Href(line, "user:olga"));
        line.Budget = null;
        Assert.Equal("/groups/chess/alerts", AlertPlaces.Href(line, "user:olga"));
    }
}

using NodaTime;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Portal.Controls;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Controls;

/// <summary>Controls are said anew from their values: in English as the domain says them to services, in other languages in none of its words.</summary>
public sealed class ControlsWordsTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 11, 23, 14, 0);
    private static readonly LocalDate October = new(2026, 10, 1);

    private static BudgetStanding Budget(AlertMoney money = AlertMoney.Cost, int? minutes = 4) =>
        new(12, money, new Amount(50, new Currency("USD")), BudgetAction.Ask, new Amount(51.2m, new Currency("USD")), minutes is { } m ? Now - Duration.FromMinutes(m) : null);

    private static IEnumerable<BudgetReplay> Replays()
    {
        BudgetMonth reached = new(October, new LocalDate(2026, 10, 17)), not = new(October.PlusMonths(-1), null), unknown = new(October.PlusMonths(-2), null, Known: false);
        foreach (var action in Enum.GetValues<BudgetAction>())
        {
            foreach (var months in (BudgetMonth[][])[[], [unknown], [not, not], [not, reached], [reached, reached, reached], [unknown, reached, reached], [unknown, not]])
                yield return new BudgetReplay(12, Budget().Name, action, months, null, "USD");
        }
    }

    private static IEnumerable<(string Domain, string Said)> All() =>
    [
        .. Enum.GetValues<AlertMoney>().Select(m => (Budget(m).Name, BudgetWords.Name(Budget(m)))),
        .. ((int?[])[null, 0, 1, 4, 119, 120, 600]).Select(m => (Budget(minutes: m).Age(Now), BudgetWords.Age(Budget(minutes: m), Now))),
        .. Replays().Select(r => (r.Sentence, BudgetWords.Past(r))),
        .. ((PolicyEffect[])[new(340, 12, 0, October, October), new(340, 1, 3, October, October)]).Select(e => (e.Sentence, ControlsWords.Effect(e))),
        .. ((ImageCompression[])[new(80), new(null, 2048), new(80, 800)]).Select(i => ("compressed: " + i, ControlsWords.Of(i).Replace("2,048", "2048", StringComparison.Ordinal))),
        .. ((RetentionEffect[])[RetentionEffect.Nothing, new([new DueKind("video", 1, 3_100_000_000m)], October), new([new DueKind(null, 1412, 3_100_000m)], October)])
            .Select(e => (e.Sentence.Replace("2026-10-01", "1 Oct 2026", StringComparison.Ordinal), RetentionWords.Frees(e))),
    ];

    [Fact]
    public void In_English_it_is_word_for_word_what_the_domain_says() => Assert.All(All(), t => Assert.Equal(t.Domain, t.Said));

    [Theory]
    [InlineData("de")]
    [InlineData("es")]
    public void In_another_language_nothing_stays_English(string language)
    {
        using var speaking = new Speaking(language);
        Assert.All(All(), t => Assert.DoesNotMatch(@"\b(the|would|of|ago|month|is|members|days?|quality|compressed|least|told)\b", t.Said));
    }

    [Theory]
    [InlineData("de", "Das Budget von 50,00 USD im Monat (Kosten)", "Die Löschfristen sind an. Jetzt gilt: macht 3,1 GB frei, 412 Dateien, die älteste vom 4. Jan. 2025;")]
    [InlineData("es", "El presupuesto de 50,00 USD al mes (coste)", "La conservación está activada. Ahora libera 3,1 GB, 412 archivos, el más antiguo del 4 ene 2025;")]
    public void A_sentence_writes_figures_and_days_as_its_language_does(string language, string budget, string kept)
    {
        using var speaking = new Speaking(language);
        var retention = new Retention(true, false, new Dictionary<string, KindRetention> { ["video"] = new(6, RetentionStart.Upload) });
        Assert.EndsWith(BudgetWords.Name(Budget()), budget, StringComparison.Ordinal);
        Assert.StartsWith(kept, RetentionWords.Sentence(retention, new RetentionEffect([new DueKind("video", 412, 3_100_000_000m)], new LocalDate(2025, 1, 4))), StringComparison.Ordinal);
    }
}

using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Pricing;
using OpenMeet.Insights.Tests.Languages;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Pricing;

/// <summary>A statement's lines are read back from their texts: in English as they are, in other languages in none of their words.</summary>
public sealed class LineWordsTests
{
    private static readonly BillingPeriod Month = new(2026, 10, DateTimeZone.Utc);

    // Every price, with and without an allowance, a discount and a minimum; in whole months and in parts of them.
    private static IReadOnlyList<StatementLine> Lines(bool parts)
    {
        Tier[] tiers = [new(100m, 0.5m, null), new(null, 0.25m, 3m)];
        Price?[] prices = [null, new Price.Flat(12m), new Price.PerUnit(0.02m), new Price.Package(1_000m, 4m), new Price.Graduated(tiers), new Price.Volume(tiers)];
        var items = prices.SelectMany((price, i) => new PlanItem[]
        {
            new($"meter_{i}", 812m, null, LimitKind.Soft, price, 0m, null), new($"low_{i}", 0m, null, LimitKind.Soft, price, 10m, 99_999m),
        }).ToList();
        var plan = new Plan("club", 3, "Club, of 5 days", new Currency("USD"), 8m, items);
        var used = items.ToDictionary(i => i.Meter, _ => 2_345.678901m);
        var cut = Instant.FromUtc(2026, 10, 16, 0, 0);
        var lines = StatementRating.Rate(Month, parts ? [new(new TimeRange(Month.Range.From, cut), plan, used), new(new TimeRange(cut, Month.Range.To - Duration.FromSeconds(7)), plan, used)] : [new(Month.Range, plan, used)]).Lines;
        var corrected = Adjustments.Of("2026-09", lines, [.. lines.Take(9).Select(l => l with { Amount = l.Amount + 1_234.5m })], [lines[3]], plan.Currency, m => m == "fee" ? "a change of owner, plan, meter or of an earlier month" : "1 late event, 3 voided events");
        return [.. lines, .. corrected];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void In_English_they_are_as_they_are_but_for_moments_and_months(bool parts)
    {
        var lines = Lines(parts);
        Assert.True(lines.Count > 20);
        Assert.All(lines, l => Assert.Equal(l.Arithmetic, LineWords.Arithmetic(l)));
        static string Dated(string text) => char.ToUpperInvariant(text[0]) + text[1..].Replace("2026-10-16 00:00", "16 Oct 2026, 00:00", StringComparison.Ordinal).Replace("2026-10-31 23:59", "31 Oct 2026, 23:59", StringComparison.Ordinal).Replace("2026-09", "September 2026", StringComparison.Ordinal);
        Assert.All(lines, l => Assert.Equal(Dated(l.Description), LineWords.Description(l)));
    }

    [Fact]
    public void A_standard_meter_is_called_as_everywhere_else()
    {
        var line = new StatementLine("api_calls", "api calls: 900 of 20,000 included, 0 charged per unit", 0m, 0.00005m, 0m, "900 of 20,000 included; 0 × 0.00005 = 0.00 USD");
        Assert.Equal("API calls: 900 of 20,000 included, 0 charged per unit", LineWords.Description(line));
    }

    [Theory]
    [InlineData("de")]
    [InlineData("es")]
    public void In_another_language_no_word_stays_English(string language)
    {
        using var speaking = new Speaking(language);
        foreach (var line in Lines(parts: true))
        {
            var said = (LineWords.Description(line) + "|" + LineWords.Arithmetic(line)).Replace("Club, of 5 days", "", StringComparison.Ordinal);
            Assert.DoesNotMatch(@"\b(of|included|charged|beyond|days|flat|less|rounded|now|price|packages|late|voided|from|until|fee|before|to)\b", said);
            Assert.DoesNotContain("2,345", said, StringComparison.Ordinal);
        }
        var words = WordsTests.Read("." + language);
        Assert.All(LineWords.Pieces.Sentences, s => Assert.True(words.ContainsKey(s), s));
    }

    [Fact]
    public void A_line_reads_in_German_as_it_would_be_written_there()
    {
        using var speaking = new Speaking("de");
        var line = new StatementLine("emails", "emails: 812 of 1,000 included, 0 charged per unit, from 2026-10-16 00:00", 0m, 0.02m, 0m, "812 of 1,000 included; 0 × 0.02 = 1,234.5678, less 10 % = 1,111.11 USD");
        Assert.Equal("E-Mails: 812 von 1.000 enthalten, 0 je Einheit berechnet, ab 16. Okt. 2026, 00:00", LineWords.Description(line));
        Assert.Equal("812 von 1.000 enthalten; 0 × 0,02 = 1.234,5678, abzüglich 10 % = 1.111,11 USD", LineWords.Arithmetic(line));
    }

    [Fact]
    public void What_was_written_otherwise_stands_as_it_is()
    {
        using var speaking = new Speaking("es");
        Assert.Equal("Something else", LineWords.Description(new StatementLine("fee", "Something else", 1m, null, 1m, "by hand")));
        Assert.Equal("by hand", LineWords.Arithmetic(new StatementLine("fee", "", 1m, null, 1m, "by hand")));
    }
}

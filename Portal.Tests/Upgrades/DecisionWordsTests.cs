using CsCheck;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Portal.Upgrades;
using OpenMeet.Insights.Tests.Support;
using static OpenMeet.Insights.Tests.Upgrades.Scenario;

namespace OpenMeet.Insights.Tests.Upgrades;

/// <summary>A decision is said anew from its values: in English as the record has it, in every other language in none of its words.</summary>
public sealed class DecisionWordsTests
{
    private static IEnumerable<string> Recorded(DecisionRecord r) =>
    [
        string.Join(' ', r.Sentences), .. r.IfNothing.SelectMany(c => (string[])[c.Heading, c.Text]), .. r.Counter.Select(c => c.Text), r.NoCounter ?? "", r.Interest?.Text ?? "",
        .. r.Conditions.SelectMany(c => (string[])[c.Text, c.ValueText, c.LookBack]), .. r.Alternatives.Select(w => w.Title), .. r.Alternatives.Select(w => DecisionText.Effect(r, w)),
        .. r.Alternatives.Select(w => DecisionText.When(r, w)), DecisionText.Growth(r), DecisionText.Rule(r),
    ];

    private static IEnumerable<string> Said(DecisionRecord r) =>
    [
        string.Join(' ', DecisionWords.Sentences(r)), .. DecisionWords.IfNothing(r).SelectMany(c => (string[])[c.Heading, c.Text]), .. DecisionWords.Counter(r), DecisionWords.NoCounter(r) ?? "", DecisionWords.Interest(r) ?? "",
        .. r.Conditions.SelectMany(c => (string[])[DecisionWords.Condition(r, c), DecisionWords.Value(r, c), DecisionWords.LookBack(r, c)]), .. r.Alternatives.Select(DecisionWords.Title), .. r.Alternatives.Select(w => DecisionWords.Effect(r, w)),
        .. r.Alternatives.Select(w => DecisionWords.When(r, w)), DecisionWords.Growth(r), DecisionWords.Rule(r),
    ];

    [Fact]
    public void In_English_it_is_word_for_word_what_the_record_has() => UpgradeRuleTests.AnyMostlyYoung.Sample(inputs =>
    {
        var record = UpgradeRule.Decide(Id, inputs);
        // Pages write a true minus.
        Assert.Equal(Recorded(record), Said(record).Select(s => s.Replace('−', '-')));
    }, iter: 3_000);

    [Theory]
    [InlineData("de")]
    [InlineData("es")]
    public void In_another_language_no_sentence_stays_English(string language) => UpgradeRuleTests.AnyMostlyYoung.Sample(inputs =>
    {
        using var speaking = new Speaking(language);
        var record = UpgradeRule.Decide(Id, inputs);
        var english = record.Sentences.Concat(record.IfNothing.Select(c => c.Text)).Concat(record.Counter.Select(c => c.Text)).Concat(record.Conditions.Select(c => c.Text)).ToHashSet();
        string[] said = [.. DecisionWords.Sentences(record), .. DecisionWords.IfNothing(record).Select(c => c.Text), .. DecisionWords.Counter(record), .. record.Conditions.Select(c => DecisionWords.Condition(record, c))];
        Assert.DoesNotContain(said, english.Contains);
        Assert.All(said, s => Assert.DoesNotMatch(@"\b(the|would|is|limit of|reached|cycles?|days?)\b", s));
    }, iter: 500);
}

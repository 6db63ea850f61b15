using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Community;

namespace OpenMeet.Insights.Tests.Community;

public sealed class HealthScoreTests
{
    private static readonly Dictionary<string, decimal> Even = [];

    [Fact]
    public void A_percentile_by_hand()
    {
        // Above 3 of 6, equal to 1: (3 + 1/2) of 6. Lower is better turns it round.
        decimal?[] weeks = [1, 2, 3, 5, 7, 8, 5];
        Assert.Equal(3.5m / 6 * 100, HealthScore.Percentile(weeks, lowerIsBetter: false));
        Assert.Equal(2.5m / 6 * 100, HealthScore.Percentile(weeks, lowerIsBetter: true));
        Assert.Null(HealthScore.Percentile([1, 2, 3, 5, 7, null, 5], false));
        Assert.Null(HealthScore.Percentile([1, 2, 3, 5, 7, 8, null], false));
    }

    [Fact]
    public void A_percentile_lies_between_0_and_100_and_both_directions_add_up() => Gen.Int[0, 9].Array[7, 13].Sample(values =>
    {
        decimal?[] weeks = [.. values.Select(v => (decimal?)v)];
        var (up, down) = (HealthScore.Percentile(weeks, false)!.Value, HealthScore.Percentile(weeks, true)!.Value);
        Assert.InRange(up, 0, 100);
        Assert.Equal(100m, decimal.Round(up + down, 10));
    });

    [Fact]
    public void Under_20_members_there_is_no_score_whatever_else_is_known()
    {
        var score = HealthScore.Of(Lively(members: 19), Even);
        Assert.Equal((null, "A score needs 20 members; the group has 19."), (score.Score, score.Reason));
        Assert.NotNull(score.Parts[0].Score);
    }

    [Fact]
    public void With_fewer_than_three_parts_there_is_no_score()
    {
        var quiet = Lively(members: 30) with { Contributions = [], Messages = [] };
        var score = HealthScore.Of(quiet, Even);
        Assert.Null(score.Score);
        Assert.Contains("3 of the five parts", score.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_score_is_the_mean_of_the_known_parts_by_their_weights()
    {
        var history = Lively(members: 30);
        var even = HealthScore.Of(history, Even);
        var known = even.Parts.Where(p => p.Score is not null).ToList();
        Assert.Equal(known.Average(p => p.Score!.Value), even.Score!.Value, 10);
        var heavy = HealthScore.Of(history, new Dictionary<string, decimal> { ["activity"] = 3, [known[^1].Key] = 0 });
        var counted = heavy.Parts.Where(p => p.Score is not null && p.Weight > 0).ToList();
        Assert.Equal(counted.Sum(p => p.Weight * p.Score!.Value) / counted.Sum(p => p.Weight), heavy.Score!.Value, 10);
        Assert.Equal(even.Parts.Select(p => p.Score), heavy.Parts.Select(p => p.Score));
    }

    // A year of weeks in which more and more people write, meet and join.
    private static GroupHistory Lively(int members)
    {
        var people = Enumerable.Range(0, members).Select(i => "p" + i).ToList();
        var stays = people.Select((p, i) => new MemberStay(p, i == 0 ? "owner" : "member", Sample.At(-200 + (i % 20)), null)).ToList();
        var (days, messages, made, gatherings) = (new List<(string, LocalDate, ActionStep)>(), new List<ChatMessage>(), new List<Contribution>(), new List<Gathering>());
        for (var day = -190; day < 28; day++)
        {
            for (var i = 0; i < 3 + ((day + 190) / 20); i++)
            {
                var who = people[((day + 190) * (i + 3) * (i + 1)) % members];
                days.Add((who, Sample.Day(day), ActionStep.Contributed));
                made.Add(new Contribution(who, Sample.At(day), ContributionKind.Message));
                messages.Add(new ChatMessage($"{day}-{i}", who, Sample.At(day, 12, i), null, i > 0 ? $"{day}-{i - 1}" : null));
            }
            if (day % 7 == 0) gatherings.Add(Sample.Event("e" + day, day, string.Join(' ', people.Take(12)), string.Join(' ', people.Take(6 + ((day + 190) / 40))), capacity: 15, published: day - 5));
        }
        return Sample.History(28, new MemberBook(stays), ActivityCalendar.Of(days), gatherings, messages, made);
    }
}

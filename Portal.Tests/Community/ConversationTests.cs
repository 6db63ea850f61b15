using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Community;

namespace OpenMeet.Insights.Tests.Community;

public sealed class ConversationTests
{
    private static ChatMessage Says(string id, string who, Instant at, string? to = null) => new(id, who, at, null, to);

    [Fact]
    public void First_replies_by_hand()
    {
        // Ann waits 2 h, Bob 10 h (his own reply does not count), Eve for ever, Dan wrote 3 h ago; Flo's first message is older than the window.
        ChatMessage[] messages =
        [
            Says("f", "flo", Sample.At(1)), Says("a", "ann", Sample.At(10)), Says("a2", "flo", Sample.At(10, 14), "a"), Says("a3", "flo", Sample.At(10, 15), "a"), Says("b", "bob", Sample.At(11, 1)),
            Says("b2", "bob", Sample.At(11, 2), "b"), Says("b3", "ann", Sample.At(11, 11), "b"), Says("e", "eve", Sample.At(12)), Says("d", "dan", Sample.At(20, 9)),
        ];
        var replies = FirstReplies.Of(messages, Sample.At(5), Sample.At(21), Sample.At(20))!;
        Assert.Equal((4, Duration.FromHours(6), Duration.FromHours(10)), (replies.Newcomers, replies.Median, replies.NinetyPercent));
        Assert.Equal(["eve"], replies.Unanswered.Select(u => u.Message.Who));
    }

    [Fact]
    public void Where_no_message_names_another_replies_are_not_recorded() =>
        Assert.Null(FirstReplies.Of([Says("a", "ann", Sample.At(10)), Says("b", "bob", Sample.At(11))], Sample.At(1), Sample.At(20), Sample.At(20)));

    [Fact]
    public void Concentration_by_hand()
    {
        // Ann makes 6, Bob 3, Eve 1: Ann alone makes more than half. An answer makes nothing.
        Contribution[] made = [.. Acts("ann", 6), .. Acts("bob", 3), .. Acts("eve", 1), new("dan", Sample.At(1), ContributionKind.Answer)];
        Assert.Equal(new Concentration(10, 6, 10, 10, 1, 3), Concentration.Of(made));
        Assert.Equal(new Concentration(0, 0, 0, 0, 0, 0), Concentration.Of([]));
    }

    [Fact]
    public void The_fewest_who_make_half_make_half_and_one_fewer_does_not() => Gen.Int[1, 20].Array[1, 12].Sample(counts =>
    {
        var made = Concentration.Of(counts.SelectMany((n, i) => Acts("p" + i, n)));
        var sorted = counts.OrderDescending().ToList();
        Assert.Equal((counts.Sum(), sorted[0], counts.Length), (made.All, made.Top1, made.People));
        Assert.True(2 * sorted.Take(made.MakeHalf).Sum() >= made.All);
        Assert.True(2 * sorted.Take(made.MakeHalf - 1).Sum() < made.All);
        Assert.True(made.Top1 <= made.Top5 && made.Top5 <= made.Top10 && made.Top10 <= made.All);
    });

    [Fact]
    public void Member_made_goes_by_the_role_of_then()
    {
        var members = new MemberBook([new MemberStay("ann", "owner", Sample.At(1), null), new MemberStay("bob", "member", Sample.At(1), Sample.At(10)), new MemberStay("bob", "moderator", Sample.At(10), null)]);
        Contribution[] made = [new("ann", Sample.At(5), ContributionKind.Event), new("bob", Sample.At(9), ContributionKind.Message), new("bob", Sample.At(11), ContributionKind.Message), new("bob", Sample.At(9), ContributionKind.Upload)];
        Assert.Equal(new PartOf(1, 3), Concentration.MemberMade(made, members));
    }

    [Fact]
    public void Contributors_by_hand_with_the_weights_told()
    {
        // Ann: two messages and an event, 2 + 10. Bob: three check-ins, 9. Eve did what weighs nothing.
        Contribution[] made = [.. Acts("ann", 2), new("ann", Sample.At(2), ContributionKind.Event), .. Enumerable.Repeat(new Contribution("bob", Sample.At(3), ContributionKind.CheckIn), 3), new("eve", Sample.At(3), ContributionKind.Answer)];
        var weighed = (ContributionWeights.Usual with { Answer = 0 }).Weigh(made);
        Assert.Equal([("ann", 12m, 10m), ("bob", 9m, 3m)], weighed.Select(w => (w.Who, w.Sum, w.Heaviest)));
        Assert.Equal((2, 0), (weighed[0].Of(ContributionKind.Message), weighed[0].Of(ContributionKind.Upload)));
    }

    private static IEnumerable<Contribution> Acts(string who, int count) => Enumerable.Repeat(new Contribution(who, Sample.At(1), ContributionKind.Message), count);
}

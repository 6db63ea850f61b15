using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Community;

namespace OpenMeet.Insights.Tests.Community;

public sealed class MemberBookTests
{
    private static MemberStay Stay(string who, string role, int from, int? until = null) => new(who, role, Sample.At(from), until is { } u ? Sample.At(u) : null);

    [Fact]
    public void Joined_left_net_and_churn_by_hand()
    {
        // At the start of the 10th: Ann, Bob, Eve, Dan. Bob leaves, Flo and Gus join, Gus leaves again; Ann only changes her role; Hal is a guest.
        var book = new MemberBook([
            Stay("ann", "member", 1, 12), Stay("ann", "admin", 12), Stay("bob", "member", 1, 15), Stay("eve", "member", 2), Stay("dan", "owner", 1), Stay("flo", "member", 11), Stay("gus", "member", 13, 14), Stay("hal", "guest", 11),
        ]);
        var flow = book.Flow(Sample.At(10, 0), Sample.At(20, 0));
        Assert.Equal(new MemberFlow(4, 2, 2, 4), flow);
        Assert.Equal((0, 0.5m), (flow.Net, flow.Churn));
    }

    [Fact]
    public void Before_anything_was_told_members_are_unknown_and_not_zero()
    {
        var book = new MemberBook([Stay("ann", "owner", 5)]);
        Assert.Null(book.CountAt(Sample.At(4)));
        Assert.Equal(1, book.CountAt(Sample.At(5)));
        Assert.Null(book.Flow(Sample.At(1), Sample.At(9)).Churn);
    }

    [Fact]
    public void At_the_start_and_joined_less_left_are_at_the_end_for_any_stays() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 60], Gen.Int[1, 40], Gen.Bool).Array[0, 20].Sample(raw =>
        {
            var stays = new List<MemberStay> { Stay("founder", "owner", -200) };
            var open = new Dictionary<int, int>();
            // Stays of one person do not overlap, as in the table.
            foreach (var (who, gap, length, guest) in raw)
            {
                var from = open.GetValueOrDefault(who, -80) + (gap % 20);
                stays.Add(Stay("p" + who, guest ? "guest" : "member", from, open[who] = from + length));
            }
            var book = new MemberBook(stays);
            var flow = book.Flow(Sample.At(1, 0), Sample.At(29, 0));
            Assert.Equal(flow.AtEnd, flow.AtStart + flow.Joined - flow.Left);
            Assert.Equal(book.CountAt(Sample.At(9)), book.At(Sample.At(9)).Count);
        });

    [Fact]
    public void Who_organises_depends_on_the_time()
    {
        var book = new MemberBook([Stay("ann", "member", 1, 12), Stay("ann", "moderator", 12)]);
        Assert.Equal((false, true), (book.Organises("ann", Sample.At(11)), book.Organises("ann", Sample.At(12))));
        Assert.Equal(["ann"], book.Organisers(Sample.At(20)));
    }
}

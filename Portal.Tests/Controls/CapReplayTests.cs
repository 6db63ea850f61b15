using NodaTime;
using OpenMeet.Insights.Domain.Controls;

namespace OpenMeet.Insights.Tests.Controls;

public sealed class CapReplayTests
{
    private static readonly LocalDate Today = new(2025, 11, 20);

    private static PolicyEffect Of(MemberCap cap, params PastUpload[] uploads) =>
        CapReplay.Of(GroupPolicy.Empty with { Default = cap }, [("ann", "owner"), ("bob", "member"), ("cai", "member")], uploads, Today);

    private static PastUpload Up(string user, int daysAgo, decimal bytes) => new(user, Today.PlusDays(-daysAgo), bytes);

    [Fact]
    public void A_file_over_the_cap_meets_it_and_one_at_the_cap_does_not()
    {
        Assert.Equal(1, Of(new MemberCap(PerFile: 100), Up("bob", 0, 101), Up("ann", 0, 100)).MetCap);
    }

    [Fact]
    public void The_days_are_the_last_28_and_today_is_one_of_them()
    {
        var effect = Of(new MemberCap(PerFile: 100), Up("ann", 27, 101), Up("bob", 28, 101));

        Assert.Equal((1, new LocalDate(2025, 10, 24), Today), (effect.MetCap, effect.From, effect.To));
    }

    [Fact]
    public void Days_and_months_are_summed_by_themselves()
    {
        PastUpload[] uploads = [Up("ann", 1, 60), Up("ann", 1, 60), Up("bob", 1, 60), Up("bob", 2, 60)];

        Assert.Equal(1, Of(new MemberCap(PerDay: 100), uploads).MetCap);
        Assert.Equal(2, Of(new MemberCap(PerMonth: 100), uploads).MetCap);
        Assert.Equal(0, Of(new MemberCap(PerMonth: 120), uploads).MetCap);
    }

    [Fact]
    public void A_month_counts_from_its_beginning_but_only_an_upload_of_these_days_meets_it()
    {
        var begins = CapReplay.NeededFrom(Today);

        Assert.Equal(new LocalDate(2025, 10, 1), begins);
        Assert.Equal(1, Of(new MemberCap(PerMonth: 100), new PastUpload("ann", begins, 99), Up("ann", 25, 2)).MetCap);
        Assert.Equal(0, Of(new MemberCap(PerMonth: 100), new PastUpload("ann", begins, 101)).MetCap);
    }

    [Fact]
    public void Who_uploaded_and_may_not_any_more_is_counted_apart()
    {
        var policy = GroupPolicy.Empty with { Rights = new MemberRights(Upload: "admin") };
        var effect = CapReplay.Of(policy, [("ann", "owner"), ("bob", "member"), ("cai", "member")], [Up("ann", 1, 1), Up("bob", 1, 1), Up("gone", 1, 1)], Today);

        Assert.Equal((3, 0, 1), (effect.Members, effect.MetCap, effect.WithoutRight));
        Assert.Equal("0 of 3 members would have met this cap in the last 28 days. 1 of 3 members uploaded in these days and could not any more.", effect.Sentence);
    }
}

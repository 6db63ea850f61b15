using NodaTime;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Tests.Controls;

public sealed class GroupPolicyTests
{
    private static readonly GroupPolicy Policy = GroupPolicy.Empty with
    {
        Default = new MemberCap(100, 200, 1000),
        Roles = new Dictionary<string, MemberCap> { ["moderator"] = new(PerFile: 500) },
        Members = new Dictionary<string, MemberCap> { ["mo"] = new(PerDay: 50), ["free"] = MemberCap.None },
    };

    private static MemberStanding Standing(GroupPolicy policy, string user, string? role, decimal day = 0, decimal month = 0, decimal reserved = 0) =>
        new(policy, user, role, new SpanUse(day, reserved, Instant.FromUtc(2025, 11, 21, 0, 0)), new SpanUse(month, reserved, Instant.FromUtc(2025, 12, 1, 0, 0)));

    [Theory]
    [InlineData("bob", "member", "groupCap", 100, 200, 1000)]
    [InlineData("eve", null, "groupCap", 100, 200, 1000)]
    // A link overrides as a whole: what it leaves out is no cap, and nothing of the one below.
    [InlineData("kim", "moderator", "roleCap", 500, null, null)]
    [InlineData("mo", "moderator", "memberCap", null, 50, null)]
    [InlineData("free", "member", "memberCap", null, null, null)]
    public void The_member_stands_over_the_role_and_the_role_over_the_default(string user, string? role, string source, int? file, int? day, int? month)
    {
        var cap = Policy.CapOf(user, role);

        Assert.Equal(new MemberCap(file, day, month), cap.Cap);
        Assert.Equal(["memberCap", "roleCap", "groupCap"], cap.Chain.Select(l => l.Source));
        Assert.Equal(source, Assert.Single(cap.Chain, l => l.Applies).Source);
    }

    [Theory]
    // Each span by itself: 100 a file, 200 a day, 1000 a month.
    [InlineData(100, 0, 0, true, 100)]
    [InlineData(101, 0, 0, false, 100)]
    [InlineData(60, 140, 140, true, 60)]
    [InlineData(61, 140, 140, false, 60)]
    [InlineData(10, 0, 990, true, 10)]
    [InlineData(11, 0, 990, false, 10)]
    public void The_tightest_span_answers(int amount, int day, int month, bool allowed, int remaining)
    {
        var answer = Standing(Policy, "bob", "member", day, month).Ask("uploaded", "bytes", amount)!;

        Assert.Equal((allowed, (decimal?)remaining), (answer.Answer.Allowed, answer.Answer.Remaining));
    }

    [Fact]
    public void The_reason_names_the_cap_and_where_it_comes_from()
    {
        var answer = Standing(Policy, "bob", "member", 150, 150, reserved: 20).Ask("storage", "bytes", 40)!;

        Assert.Equal("Denied: member cap for a day (default of the group): 150 bytes of 200 bytes used and 20 bytes reserved; 40 bytes more would pass the limit by 10 bytes.", answer.Answer.Reason);
        Assert.Equal(Instant.FromUtc(2025, 11, 21, 0, 0), answer.ResetsAt);
        Assert.Equal("groupCap", Assert.Single(answer.Chain, l => l.Applies).Source);
    }

    [Fact]
    public void What_was_granted_in_the_same_turn_counts_but_not_for_the_size_of_a_file()
    {
        Assert.True(Standing(Policy, "bob", "member").Ask("storage", "bytes", 100, more: 100)!.Answer.Allowed);
        Assert.False(Standing(Policy, "bob", "member").Ask("storage", "bytes", 1, more: 200)!.Answer.Allowed);
    }

    [Fact]
    public void Only_uploads_are_capped_and_no_cap_says_nothing()
    {
        Assert.Null(Standing(Policy, "bob", "member", 9999, 9999).Ask("messages", "messages", 1));
        Assert.Null(Standing(Policy, "bob", "member", 9999, 9999).Ask("files", "files", 1));
        Assert.Null(Standing(Policy, "free", "member", 9999, 9999).Ask("uploaded", "bytes", 9999));
    }

    [Theory]
    [InlineData("member", null, false)]
    [InlineData("member", "guest", false)]
    [InlineData("member", "member", true)]
    [InlineData("moderator", "member", false)]
    [InlineData("moderator", "owner", true)]
    [InlineData("owner", "admin", false)]
    [InlineData(null, null, true)]
    public void A_right_is_for_its_least_role_and_those_above(string? least, string? role, bool may)
    {
        var policy = GroupPolicy.Empty with { Rights = new MemberRights(Upload: least) };
        var answer = Standing(policy, "bob", role).Ask("files", "files", 1);

        Assert.Equal(may, answer is null);
        if (answer is null) return;
        Assert.Equal((false, QuotaState.Blocked, "memberRight"), (answer.Answer.Allowed, answer.Answer.State, Assert.Single(answer.Chain).Source));
        Assert.StartsWith("Denied: member right", answer.Answer.Reason, StringComparison.Ordinal);
        Assert.Null(Standing(policy, "bob", role).Ask("events", "events", 1));
    }
}

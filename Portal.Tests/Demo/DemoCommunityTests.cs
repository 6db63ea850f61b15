using System.Text.Json;
using NodaTime;
using NodaTime.Text;
using OpenMeet.Insights.Infrastructure.Demo;

namespace OpenMeet.Insights.Tests.Demo;

public sealed class DemoCommunityTests(DemoCommunityTests.Year year) : IClassFixture<DemoCommunityTests.Year>
{
    private const string Trail = "group:trail-runners";

    private static readonly Duration Day = Duration.FromDays(1);

    /// <summary>Instants in the middle, at the very start and at the end of a month, in summer and over a leap day.</summary>
    public static TheoryData<string> Nows { get; } =
        ["2026-11-23T15:04:05Z", "2026-12-01T00:03:00Z", "2027-01-31T23:59:59Z", "2027-07-15T09:00:00Z", "2028-03-09T02:30:00Z"];

    [Fact]
    public void Same_seed_and_instant_give_the_same_year()
    {
        var again = new DemoCommunity(year.Now);
        Assert.Equal(year.Community.Events(), again.Events());
        Assert.Equal(year.Community.Users, again.Users);
        Assert.Equal(year.Community.Memberships, again.Memberships);
        Assert.NotEqual(year.Community.Events().Take(2_000), new DemoCommunity(year.Now, 7).Events().Take(2_000));
    }

    [Theory]
    [MemberData(nameof(Nows))]
    public void Events_are_whole_unique_in_range_and_in_order(string now)
    {
        var community = new DemoCommunity(At(now));
        var ids = new HashSet<(string, string)>();
        var last = community.Start;
        foreach (var text in community.Events())
        {
            var one = DemoEvent.Read(text);
            Assert.Equal("1.0", one.Root.GetProperty("specversion").GetString());
            Assert.Equal("/demo/openmeet", one.Source);
            Assert.NotEmpty(one.Id);
            Assert.NotEmpty(one.Type);
            Assert.Equal(JsonValueKind.Object, one.Data.ValueKind);
            Assert.True(ids.Add((one.Source, one.Id)), one.Id);
            Assert.InRange(one.Time, last, community.Now);
            last = one.Time;
        }

        Assert.InRange(ids.Count, 60_000, 100_000);
        Assert.InRange(community.Now - last, Duration.Zero, Duration.FromHours(9));
    }

    [Theory]
    [MemberData(nameof(Nows))]
    public void Trail_runners_reach_their_limit_in_about_five_weeks(string now)
    {
        var community = new DemoCommunity(At(now));
        var levels = new DemoLevels(community);
        var midnight = community.Now.InUtc().Date.AtStartOfDayInZone(DateTimeZone.Utc).ToInstant();
        var daily = Enumerable.Range(0, 29).Select(ago => levels.At(Trail, midnight - (Day * ago))).ToList();
        var growth = daily.Zip(daily.Skip(1), (later, earlier) => later - earlier).ToList();
        var level = levels.At(Trail, community.Now);
        Assert.InRange(level, 7_800_000_000, 8_400_000_000);
        // Weekends bring more than weekdays, but no day is a jump.
        Assert.All(growth, bytes => Assert.InRange(bytes, 20_000_000, 130_000_000));
        Assert.InRange(growth.Average(), 50_000_000, 60_000_000);
        Assert.InRange((10_000_000_000 - level) / growth.Average(), 28, 42);
    }

    [Theory]
    [MemberData(nameof(Nows))]
    public void Nobody_passes_a_hard_limit_or_falls_below_zero(string now)
    {
        var community = new DemoCommunity(At(now));
        var levels = new DemoLevels(community);
        Assert.All(levels.Lowest, low => Assert.True(low.Value >= 0, low.Key));
        Assert.InRange(levels.At("user:maya-member", community.Now), 375_000_000, 449_000_000);
        Assert.True(levels.Highest[Trail] < 10_000_000_000);
        foreach (var person in community.Assignments.Where(a => a.Plan == "personal"))
        {
            Assert.InRange(levels.Highest.GetValueOrDefault("user:" + person.Key), 0, 499_999_999);
        }
    }

    [Fact]
    public void Board_games_are_quiet_and_far_from_the_limits_of_the_smaller_plans()
    {
        var levels = new DemoLevels(year.Community);
        var since = year.Now - (Day * 90);
        var messages = year.Events.Count(e => e.Type == "message.sent" && e.Group == "board-game-nights" && e.Time >= since);
        Assert.InRange(messages, 1, 90);
        Assert.InRange(levels.At("group:board-game-nights", year.Now), 200_000_000, 2_500_000_000);
        Assert.Equal("society", Assert.Single(year.Community.Assignments, a => a.Key == "board-game-nights").Plan);
    }

    [Fact]
    public void The_three_who_sign_in_have_their_parts()
    {
        var community = year.Community;
        string[] sorted = ["board-game-nights", "trail-runners"];
        Assert.Equal(sorted, community.Groups.Where(g => g.OwnerKey == DemoCommunity.ManagerKey).Select(g => g.Key).Order());
        Assert.All(community.Memberships.Where(m => m.User == DemoCommunity.MemberKey), m => Assert.Equal("member", m.Role));
        Assert.Contains(community.Users, u => u is { Key: "maya-member", Email: "member@demo.example" });
        Assert.Contains(community.Users, u => u is { Key: "oleg-manager", Email: "manager@demo.example" });
        Assert.Contains(community.Users, u => u is { Key: "ada-admin", Email: "admin@demo.example" });
    }

    [Fact]
    public void People_and_groups_are_described_and_act_only_while_they_are_there()
    {
        var community = year.Community;
        Assert.Equal(8, community.Groups.Count);
        Assert.Equal(340, community.Users.Count);
        Assert.Equal(340, community.Users.Select(u => u.Email).Distinct().Count());
        Assert.All(community.Memberships, m => Assert.True(m.To is null || m.To > m.From));
        Assert.All(community.Groups, g => Assert.NotNull(DateTimeZoneProviders.Tzdb.GetZoneOrNull(g.TimeZone)));
        var born = year.Events.Where(e => e.Type == "user.created").ToDictionary(e => e.Subject!, e => e.Time);
        Assert.Equal(340, born.Count);
        Assert.All(year.Events.Where(e => e.Subject is not null), e => Assert.True(born[e.Subject!] <= e.Time, e.Id));
        var stays = community.Memberships.ToLookup(m => (m.Group, m.User));
        Assert.All(
            year.Events.Where(e => e.Type is "message.sent" or "event.rsvp.added"),
            e => Assert.Contains(stays[(e.Group!, e.Subject!)], m => m.From <= e.Time && !(m.To <= e.Time)));
    }

    [Fact]
    public void Every_kind_of_event_occurs_and_nights_are_quiet()
    {
        string[] kinds =
        [
            "api.request", "db.operation", "file.uploaded", "file.attached", "file.deleted", "media.shared", "message.sent",
            "email.sent", "event.created", "event.rsvp.added", "event.attendee.cancelled", "event.attendee.status.changed",
            "group.created", "group.member.joined", "group.member.left", "user.created", "user.visited",
        ];
        Assert.All(kinds, kind => Assert.Contains(year.Events, e => e.Type == kind));
        Assert.Contains(year.Events, e => e is { Type: "api.request", Subject: null, Group: not null });
        Assert.Contains(year.Events, e => e is { Type: "api.request", Subject: null, Group: null });
        var zone = DateTimeZoneProviders.Tzdb["America/New_York"];
        var night = year.Events.Count(e => e.Time.InZone(zone).Hour is >= 1 and < 5);
        Assert.True(night < year.Events.Count * 0.02, $"{night} at night");
    }

    [Fact]
    public void Replies_answer_messages_of_their_group_and_checked_in_people_are_known()
    {
        var messages = year.Events.Where(e => e.Type == "message.sent").ToDictionary(e => e.Id);
        var replies = messages.Values.Where(m => m.Data.TryGetProperty("reply_to", out _)).ToList();
        Assert.NotEmpty(replies);
        Assert.All(replies, reply =>
        {
            var parent = messages[reply.Data.GetProperty("reply_to").GetString()!];
            Assert.Equal(parent.Group, reply.Group);
            Assert.True(parent.Time <= reply.Time);
        });
        var gatherings = year.Events.Where(e => e.Type == "event.created").Select(e => e.Data.GetProperty("event").GetString()).ToList();
        Assert.Equal(gatherings.Count, gatherings.Distinct().Count());
        var attended = year.Events
            .Where(e => e.Type == "event.attendee.status.changed" && e.Data.GetProperty("status").GetString() == "attended")
            .Select(e => e.Data.GetProperty("event").GetString()).Distinct().Count();
        Assert.InRange(attended, gatherings.Count / 3, gatherings.Count - 20);
    }

    [Fact]
    public void Plans_rates_and_bills_are_complete()
    {
        var community = year.Community;
        var plans = community.Plans.Select(p => JsonDocument.Parse(p.Json).RootElement).ToList();
        string[] keys = ["starter", "club", "society", "personal"];
        Assert.Equal(keys, plans.Select(p => p.GetProperty("key").GetString()));
        Assert.All(community.Assignments, a => Assert.Contains(a.Plan, keys));
        Assert.All(community.Assignments, a => Assert.InRange(a.From, community.Start, community.Now));
        Assert.Equal(60, community.Bills.Count);
        Assert.Equal(60, community.Bills.Select(b => (b.Name, b.Period)).Distinct().Count());
        Assert.Equal(350m, community.Bills.Where(b => b.Period == "2026-10").Sum(b => b.Amount));
        Assert.All(community.Bills.GroupBy(b => b.Period), month => Assert.InRange(month.Sum(b => b.Amount), 315, 350));
        Assert.All(community.Rates, r => Assert.True(r.UnitCost > 0));
        Assert.Equal(2, community.Rates.Select(r => r.From).Distinct().Count());
        Assert.All(community.Overrides, o => Assert.True(o.ExpiresAt is null || o.ExpiresAt > community.Now));
    }

    private static Instant At(string text) => InstantPattern.ExtendedIso.Parse(text).Value;

    /// <summary>One year that the tests share.</summary>
    public sealed class Year
    {
        public Instant Now { get; } = At("2026-11-23T15:04:05Z");

        public DemoCommunity Community { get; }

        public IReadOnlyList<DemoEvent> Events { get; }

        public Year()
        {
            Community = new DemoCommunity(Now);
            Events = [.. Community.Events().Select(DemoEvent.Read)];
        }
    }
}

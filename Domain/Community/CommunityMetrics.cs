namespace OpenMeet.Insights.Domain.Community;

/// <summary>Every figure about a community that is shown anywhere, in the order of the glossary.</summary>
public static class CommunityMetrics
{
    private const string Actors = "Everybody with a key who acted in the group; organisers in, unless switched out";
    private const string Group = "Members of the group, guests left out; organisers in, unless switched out";
    private const string Chosen = "The chosen days, in the group's time zone";

    public static MetricDefinition Members { get; } = new(
        "members", "Members", "Members at the end of the period", "People with a membership at the end of the last day, guests left out", "members",
        MetricDirection.Higher, Group, "The end of the last day", 1, "How large is the group?", "Vanity alone: a member need not come");

    public static MetricDefinition MemberChange { get; } = new(
        "member_change", "Joined, left, churn", "Who came and who went", "net = joined − left; churn = left ÷ members at the window's start", "members",
        MetricDirection.Higher, Group, Chosen, 1, "Is the group found, and does it keep people?", "It says nothing about taking part");

    public static MetricDefinition ActiveMembers { get; } = new(
        "active_members", "Active members", "People who took part at least once", "A: distinct people with ≥ 1 message, upload, picture, event, answer or check-in in the window; the meter active_members",
        "people", MetricDirection.Higher, Actors, Chosen, 1, "Is the group alive?", "An answer counts even if nobody came; a check-in counts for whoever recorded it");

    public static MetricDefinition Ladder { get; } = new(
        "action_ladder", "Visited, took part, contributed", "Three steps of being there", "V: opened a page of the group or more; A: took part; C: wrote, uploaded or made an event. V ⊇ A ⊇ C", "people",
        MetricDirection.Higher, Actors, Chosen, 1, "Where do people stop?", "Visits count only where the platform tells them; reactions and votes are not told");

    public static MetricDefinition DailyWeeklyMonthly { get; } = new(
        "daily_weekly_monthly", "Active in 1, 7 and 28 days", "People who took part in the 1, 7 and 28 days up to a day", "A1, A7, A28 of the last day", "people",
        MetricDirection.Higher, Actors, "1, 7 and 28 days up to the last day", 1, "What is usual on a day, in a week, in a month?", "28 days and not a month, so that weekdays match");

    public static MetricDefinition StickinessWeekly { get; } = new(
        "stickiness", "Stickiness", "How many of a month's people come each week", "Mean over the days D of the window of A7(D) ÷ A28(D); days with A28 = 0 are skipped and counted", "%",
        MetricDirection.Higher, Actors, Chosen, 1, "Do people come back weekly?", "A mean of ratios, not a ratio of means");

    public static MetricDefinition StickinessDaily { get; } = new(
        "stickiness_daily", "Daily stickiness", "How many of a month's people come each day", "Mean over the days D of the window of A1(D) ÷ A28(D); days with A28 = 0 are skipped and counted", "%",
        MetricDirection.Higher, Actors, Chosen, 1, "Is there something every day?", "Meetups are weekly: a low figure is usual");

    public static MetricDefinition Flow { get; } = new(
        "participation_flow", "New, returning, resurrected, dormant", "How the active people came to be there", "New: first time ever. Returning: also in the window before. Resurrected: not before, but earlier. Dormant: before, not now. A(P) = N + R + S, A(P′) = R + D",
        "people", MetricDirection.None, Actors, "The chosen days and as many before", 1, "Does the group grow by keeping or by replacing?", "The first time is the first that was told; an import without its past makes everybody new");

    public static MetricDefinition FirstWeekReturn { get; } = new(
        "first_week_return", "First-week return", "New members who are back a week later", "Of members who joined on day j (all with j + 14 ≤ the last whole day): share with ≥ 1 visit on days j + 7 … j + 13", "%",
        MetricDirection.Higher, Group, "Joined in the chosen days, as far as their two weeks are over", 1, "Is the start good?", "A few people: read the counts");

    public static MetricDefinition Retention { get; } = new(
        "retention", "Retention", "Who still takes part k weeks after joining", "Row: month or ISO week of joining. Cell k: share with ≥ 1 taking part in [j + 7k, j + 7k + 7), only where whole for everybody of the row", "%",
        MetricDirection.Higher, Group, "Everybody who ever joined", 1, "Do people who join stay?", "Survivors: who left is still counted, as not taking part");

    public static MetricDefinition Rsvps { get; } = new(
        "rsvps", "Answers", "Answers given to the group's events", "Count of answers; the meter rsvps", "answers",
        MetricDirection.Higher, Actors, Chosen, 1, "Is there interest in events?", "Later cancellations are not taken off");

    public static MetricDefinition RsvpRate { get; } = new(
        "rsvp_rate", "RSVP rate", "Members who said yes, of those who could see the event", "Members at yes when the event started ÷ members at any time from its publishing to its start; beside it late cancels (yes to no within 24 h before the start), waiting list, fill = yes ÷ capacity",
        "%", MetricDirection.Higher, Group, "Events that started in the chosen days", 1, "Do events meet an interest?", "A large group has a low rate and full rooms");

    public static MetricDefinition Attendance { get; } = new(
        "attendance", "Attendance", "Checked in, of those who stood at yes when an event started", "Checked in and yes at start ÷ yes at start; walk-ins apart; events without any check-in are not recorded, out of both", "%",
        MetricDirection.Higher, Actors, "Events that started in the chosen days", 1, "Planning chairs and food", "Only events where somebody was checked in count");

    public static MetricDefinition NoShow { get; } = new(
        "no_show", "No-show", "Said yes and did not come", "1 − attendance, over recorded events; expected = yes × own rate ± yes × its spread, from the last 5 to 10 recorded events", "%",
        MetricDirection.Lower, Actors, "Recorded events that started in the chosen days", 1, "How many chairs stay empty?", "Never a list of shame; no names here");

    public static MetricDefinition RepeatAttendance { get; } = new(
        "repeat_attendance", "Repeat attendance", "Attendees who had come before", "Attendees with ≥ 1 check-in at another event in the 180 days before ÷ attendees", "%",
        MetricDirection.None, Actors, "Recorded events that started in the chosen days", 1, "Is it the same circle?", "High is a core, low is a reach: neither is bad");

    public static MetricDefinition Messages { get; } = new(
        "messages", "Messages", "Messages in the group's chat", "Count of messages; the meter messages", "messages",
        MetricDirection.Higher, "Every message that names the group", Chosen, 1, "Is there conversation?", "Long threads are not joy");

    public static MetricDefinition MessagesPerEvent { get; } = new(
        "messages_per_event", "Messages per event", "Talk about an event", "Messages naming the event from its publishing to 72 h after its end ÷ events (÷ checked-in people of recorded events)", "messages",
        MetricDirection.None, Actors, "Events that started in the chosen days", 1, "Do events make people talk?", "Long threads are not joy; where no end is told, the start stands for it");

    public static MetricDefinition FirstReply { get; } = new(
        "first_reply", "First reply", "How long a newcomer waits for an answer", "From a person's first message in the group to the first reply to it by another; median and 90th percentile; unanswered after 24 h as a list", "h",
        MetricDirection.Lower, "People whose first message falls in the window", Chosen, 1, "Do newcomers feel seen?", "Only replies that name the message count; a greeting without is not seen");

    public static MetricDefinition MemberMade { get; } = new(
        "member_made_share", "Member-made share", "Messages and events by others than organisers", "Messages + events by people without an organiser's role at that time ÷ all", "%",
        MetricDirection.Higher, "Everybody with a key; the organiser switch does not apply", Chosen, 1, "Could it run without you?", "Long threads count much");

    public static MetricDefinition Concentration { get; } = new(
        "concentration", "Concentration", "How much hangs on few", "Share of contributions by the top 1, 5 and 10 people; fewest people who make 50 %", "%",
        MetricDirection.Lower, Actors, Chosen, 1, "What if one of them leaves?", "A risk to know, not a ranking");

    public static MetricDefinition Contributors { get; } = new(
        "contributors", "Top contributors", "Who did what, weighed openly", "Sum of the weights of a person's acts in the window; beside it the heaviest single act", "points",
        MetricDirection.None, "People who did something and did not opt out", Chosen, 1, "Whom to thank", "What is measured gets done: the weights are yours to change");

    public static MetricDefinition Storage { get; } = new(
        "storage", "Storage", "What the group keeps", "Bytes at the end of a day, by kind, member and event; growth is the Theil-Sen slope of the last 28 daily levels", "bytes",
        MetricDirection.None, "Files that the group carries", "The end of each day, in the billing zone", 1, "When is it full, and what fills it?", "Versions, bin and backups show only where the platform tells them as kinds");

    public static MetricDefinition Meters { get; } = new(
        "meters", "Other meters", "Downloads, mail, API calls", "The billing meter itself", "",
        MetricDirection.None, "What the group carries", Chosen, 1, "What drives the bill?", "Carried, not acted: see the glossary of meters");

    public static MetricDefinition CostPerActive { get; } = new(
        "cost_per_active_member", "Cost per active member", "What one active person costs the platform", "Cost in the window ÷ A of the same days; cost = shares of real bills where they are in, else use times unit rates; idle is not spread", "money",
        MetricDirection.Lower, Actors, "The 28 days up to the last whole month's end, or the chosen days", 1, "Is the group dear or just large?", "A quiet month makes it dear; shares follow the key of each bill");

    public static MetricDefinition Health { get; } = new(
        "health", "Health", "The group against its own last twelve weeks", "Mean of the available parts, each the percentile of its value among its own trailing 12 weekly values: activity, newcomers, events, conversation, resilience", "of 100",
        MetricDirection.Higher, Group, "28 days up to the last whole day, against the 12 weeks before", 1, "What moved, and where to look first?", "A composite hides: read the parts. It is never used for prices, limits, ranking or upgrades");

    /// <summary>All of them, in the order of the glossary.</summary>
    public static IReadOnlyList<MetricDefinition> All { get; } =
    [
        Members, MemberChange, ActiveMembers, Ladder, DailyWeeklyMonthly, StickinessWeekly, StickinessDaily, Flow, FirstWeekReturn, Retention, Rsvps, RsvpRate, Attendance, NoShow, RepeatAttendance,
        Messages, MessagesPerEvent, FirstReply, MemberMade, Concentration, Contributors, Storage, Meters, CostPerActive, Health,
    ];
}

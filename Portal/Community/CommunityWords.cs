using System.Globalization;
using NodaTime;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Infrastructure.Community;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Community;

/// <summary>How figures of a community are written.</summary>
internal static class CommunityWords
{
    /// <summary>What was never told: neither zero nor unknown.</summary>
    public static string NotRecorded => Words.Say("not recorded");

    /// <summary>"81 %", below twenty "9 of 13"; of nothing unknown.</summary>
    public static string Share(PartOf part) => part.Whole switch
    {
        0 => Formats.Unknown,
        < PartOf.FewestForPercent => Of(part),
        _ => Formats.Percent(part.Ratio),
    };

    /// <summary>The same with its n: "81 %, 118 of 146".</summary>
    public static string ShareWithN(PartOf part) => part.Whole < PartOf.FewestForPercent ? Share(part) : $"{Share(part)}, {Of(part)}";

    /// <summary>"118 of 146".</summary>
    public static string Of(PartOf part) => part.Whole == 0 ? Formats.Unknown : Words.Say("{0} of {1}", Formats.Number(part.Part), Formats.Number(part.Whole));

    /// <summary>A mean of ratios; with few people no percentage.</summary>
    public static string Mean(MeanRatio mean, int people) => mean.Value is null ? Formats.Unknown : people < PartOf.FewestForPercent ? Words.Say("few people") : Formats.Percent(mean.Value);

    /// <summary>"27 ± 4 of 34".</summary>
    public static string Expected(ExpectedAttendance? expected) => expected is null ? Formats.Unknown : Words.Say("{0} of {1}", $"{Formats.Number(expected.People)} ± {Formats.Number(expected.Spread)}", Formats.Number(expected.Yes));

    /// <summary>Attendance of some events.</summary>
    public static string Came(Attendance attendance) => attendance is { Recorded: 0, Events: > 0 } ? NotRecorded : Share(new PartOf(attendance.Came, attendance.Yes));

    /// <summary>Who said yes and did not come.</summary>
    public static string NoShow(Attendance attendance) => attendance is { Recorded: 0, Events: > 0 } ? NotRecorded : Share(new PartOf(attendance.Yes - attendance.Came, attendance.Yes));

    /// <summary>"2 h 10 min".</summary>
    public static string Wait(Duration? wait) => Formats.Span(wait?.ToTimeSpan());

    /// <summary>"5 more than before", in people.</summary>
    public static string Against(int now, int before) => now == before ? Words.Say("as many as before") : now > before ? Words.Say("{0} more than before", Formats.Number(now - before)) : Words.Say("{0} fewer than before", Formats.Number(before - now));

    /// <summary>Population, clock and freshness, for the line above the sentence.</summary>
    public static IReadOnlyList<string> Facts(CommunityFrame frame, bool days = true)
    {
        var facts = new List<string> { frame.Name };
        if (days) facts.Add(Formats.Days(frame.Window.From.ToDateOnly(), frame.Window.To.ToDateOnly()));
        facts.Add(frame.Organisers ? Words.Say("Organisers included") : Words.Say("Organisers left out"));
        facts.Add(Words.Say("Complete to {0}, {1}", Formats.Time(frame.ReadAt, frame.Zone), frame.Zone.Id) + (days && frame.Window.Contains(frame.Today) ? "; " + Words.Say("{0} provisional", Formats.Day(frame.Today)) : ""));
        return facts;
    }

    /// <summary>"81 %, 118 of 146 members".</summary>
    public static string Members(int count, int of) => Words.Say("{0} members", ShareWithN(new PartOf(count, of)));

    /// <summary>How many took part, against before, and how many went quiet.</summary>
    public static string TookPart(int now, int before, int dormant) =>
        Words.Count(now, "{0} person took part, {1}.", "{0} people took part, {1}.", Against(now, before)) + " " + Words.Say("{0} who did before went quiet.", Formats.Number(dormant));

    /// <summary>What somebody is in a group.</summary>
    public static string Role(string role) => role switch
    {
        "owner" => Words.Say("owner"),
        "admin" => Words.Say("admin"),
        "moderator" => Words.Say("moderator"),
        "member" => Words.Within(Words.Say("Member")),
        _ => role,
    };

    /// <summary>"1 newcomer", "7 newcomers".</summary>
    public static string Newcomers(int count) => Words.Count(count, "{0} newcomer", "{0} newcomers");

    /// <summary>"1 person", "7 people".</summary>
    public static string People(int count) => Words.Count(count, "{0} person", "{0} people");

    /// <summary>How the active came to be there, as two sums.</summary>
    public static string Sums(ParticipationFlow flow) => Words.Say(
        "{0} active = {1} new + {2} returning + {3} resurrected. The {4} before = {2} returning + {5} dormant.",
        Formats.Number(flow.Active), Formats.Number(flow.New), Formats.Number(flow.Returning), Formats.Number(flow.Resurrected), Formats.Number(flow.ActiveBefore), Formats.Number(flow.Dormant));

    /// <summary>"Against 1–28 Oct 2026, weekdays matched".</summary>
    public static string Before(DayWindow window) => Words.Say("Against {0}, weekdays matched", Formats.Days(window.From.ToDateOnly(), window.To.ToDateOnly()));

    /// <summary>Who came to events: "27 of 34 yes, 3 of 4 events recorded; 2 walk-ins".</summary>
    public static string CameOf(Attendance a) => Words.Say(
        "{0} of {1} yes, {2} of {3} events recorded; {4}",
        Formats.Number(a.Came), Formats.Number(a.Yes), Formats.Number(a.Recorded), Formats.Number(a.Events), Words.Count(a.WalkIns, "{0} walk-in", "{0} walk-ins"));

    /// <summary>How few make half of all contributions.</summary>
    public static string MakeHalf(Concentration made) => Words.Count(made.People, "{1} of {0} person make half of it", "{1} of {0} people make half of it", Formats.Number(made.MakeHalf));

    /// <summary>The name of a cohort, a month or an ISO week.</summary>
    public static string Cohort(string name) =>
        DateOnly.TryParseExact(name, "MMM yyyy", CultureInfo.InvariantCulture, DateTimeStyles.None, out var month) ? month.ToString("MMM yyyy", Language.Current.Culture) : name;
}

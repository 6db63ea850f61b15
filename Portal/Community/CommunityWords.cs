using NodaTime;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Infrastructure.Community;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Community;

/// <summary>How figures of a community are written.</summary>
internal static class CommunityWords
{
    /// <summary>What was never told: neither zero nor unknown.</summary>
    public const string NotRecorded = "not recorded";

    /// <summary>"81 %", below twenty "9 of 13"; of nothing unknown.</summary>
    public static string Share(PartOf part) => part.Whole switch
    {
        0 => Formats.Unknown,
        < PartOf.FewestForPercent => $"{Formats.Number(part.Part)} of {Formats.Number(part.Whole)}",
        _ => Formats.Percent(part.Ratio),
    };

    /// <summary>The same with its n: "81 %, 118 of 146".</summary>
    public static string ShareWithN(PartOf part) => part.Whole < PartOf.FewestForPercent ? Share(part) : $"{Share(part)}, {Of(part)}";

    /// <summary>"118 of 146".</summary>
    public static string Of(PartOf part) => part.Whole == 0 ? Formats.Unknown : $"{Formats.Number(part.Part)} of {Formats.Number(part.Whole)}";

    /// <summary>A mean of ratios; with few people no percentage.</summary>
    public static string Mean(MeanRatio mean, int people) => mean.Value is null ? Formats.Unknown : people < PartOf.FewestForPercent ? "few people" : Formats.Percent(mean.Value);

    /// <summary>"27 ± 4 of 34".</summary>
    public static string Expected(ExpectedAttendance? expected) => expected is null ? Formats.Unknown : $"{Formats.Number(expected.People)} ± {Formats.Number(expected.Spread)} of {Formats.Number(expected.Yes)}";

    /// <summary>Attendance of some events.</summary>
    public static string Came(Attendance attendance) => attendance is { Recorded: 0, Events: > 0 } ? NotRecorded : Share(new PartOf(attendance.Came, attendance.Yes));

    /// <summary>Who said yes and did not come.</summary>
    public static string NoShow(Attendance attendance) => attendance is { Recorded: 0, Events: > 0 } ? NotRecorded : Share(new PartOf(attendance.Yes - attendance.Came, attendance.Yes));

    /// <summary>"2 h 10 min".</summary>
    public static string Wait(Duration? wait) => Formats.Span(wait?.ToTimeSpan());

    /// <summary>"5 more than before", in people.</summary>
    public static string Against(int now, int before) => now == before ? "as many as before" : now > before ? $"{Formats.Number(now - before)} more than before" : $"{Formats.Number(before - now)} fewer than before";

    /// <summary>Population, clock and freshness, for the line above the sentence.</summary>
    public static IReadOnlyList<string> Facts(CommunityFrame frame, bool days = true)
    {
        var facts = new List<string> { frame.Name };
        if (days) facts.Add(Formats.Days(frame.Window.From.ToDateOnly(), frame.Window.To.ToDateOnly()));
        facts.Add(frame.Organisers ? "Organisers included" : "Organisers left out");
        facts.Add($"Complete to {Formats.Time(frame.ReadAt, frame.Zone)}, {frame.Zone.Id}{(days && frame.Window.Contains(frame.Today) ? $"; {Formats.Day(frame.Today)} provisional" : "")}");
        return facts;
    }
}

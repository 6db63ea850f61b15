using NodaTime;

namespace OpenMeet.Insights.Domain.Community;

/// <summary>How many are expected at an event: "31 ± 4 of 45".</summary>
/// <param name="People">Who will come of those at yes.</param>
/// <param name="Spread">One standard deviation, in people.</param>
/// <param name="Yes">People at yes.</param>
/// <param name="From">How many recorded events it is taken from.</param>
public sealed record ExpectedAttendance(int People, int Spread, int Yes, int From)
{
    /// <summary>Recorded events that it needs.</summary>
    public const int Least = 5;

    /// <summary>Recorded events that it looks back at.</summary>
    public const int Most = 10;

    /// <summary>
    /// From the last 5 to 10 recorded events before an instant: their common rate, and the spread of their own rates. Null with fewer.
    /// </summary>
    public static ExpectedAttendance? Of(IEnumerable<Gathering> gatherings, Instant before, int yes)
    {
        var own = gatherings.Where(g => g.IsRecorded && g.Yes.Count > 0 && g.Starts < before).OrderBy(g => g.Starts).TakeLast(Most).ToList();
        if (own.Count < Least) return null;
        var common = own.Sum(g => g.Attended) / (double)own.Sum(g => g.Yes.Count);
        var rates = own.Select(g => g.Attended / (double)g.Yes.Count).ToList();
        var mean = rates.Average();
        var spread = Math.Sqrt(rates.Sum(r => (r - mean) * (r - mean)) / (rates.Count - 1));
        return new ExpectedAttendance(Whole(yes * common), Whole(yes * spread), yes, own.Count);
    }

    private static int Whole(double value) => (int)Math.Round(value, MidpointRounding.AwayFromZero);
}

/// <summary>A part of a whole, in people or things. It is a ratio only where the whole is not 0.</summary>
public readonly record struct PartOf(int Part, int Whole)
{
    /// <summary>Below this many no percentage is shown.</summary>
    public const int FewestForPercent = 20;

    /// <summary>0 to 1; null of nothing.</summary>
    public decimal? Ratio => Whole == 0 ? null : Part / (decimal)Whole;

    public static PartOf operator +(PartOf left, PartOf right) => new(left.Part + right.Part, left.Whole + right.Whole);
}

/// <summary>Questions about events and the people who answer them.</summary>
public static class EventFigures
{
    private static readonly Duration HalfYear = Duration.FromDays(180);
    private static readonly Duration After = Duration.FromHours(72);

    /// <summary>Members at yes when the event started, of the members who could see it from its publishing to its start.</summary>
    public static PartOf RsvpRate(Gathering gathering, MemberBook members)
    {
        if (gathering.Starts is not { } starts || starts <= gathering.Published) return default;
        var could = members.Between(gathering.Published, starts);
        return new PartOf(gathering.Yes.Count(could.Contains), could.Count);
    }

    /// <summary>Yes of capacity, over events that told one.</summary>
    public static PartOf Fill(IEnumerable<Gathering> gatherings)
    {
        var limited = gatherings.Where(g => g.Capacity is > 0).ToList();
        return new PartOf(limited.Sum(g => g.Yes.Count), limited.Sum(g => g.Capacity!.Value));
    }

    /// <summary>Attendees of an event who had been checked in at another in the 180 days before.</summary>
    public static PartOf Repeat(Gathering gathering, IEnumerable<Gathering> all)
    {
        if (gathering.Starts is not { } starts) return default;
        var before = all.Where(g => g.Key != gathering.Key && g.Starts < starts && g.Starts >= starts - HalfYear).SelectMany(g => g.Came).ToHashSet(StringComparer.Ordinal);
        return new PartOf(gathering.Came.Count(before.Contains), gathering.Came.Count);
    }

    /// <summary>Messages about an event from its publishing to 72 h after its end (its start, where no end was told).</summary>
    public static int Messages(Gathering gathering, ILookup<string, ChatMessage> byEvent)
    {
        var until = (gathering.Ends ?? gathering.Starts) + After;
        return byEvent[gathering.Key].Count(m => m.At >= gathering.Published && !(m.At >= until));
    }
}

using NodaTime;

namespace OpenMeet.Insights.Domain.Community;

/// <summary>A part of the score.</summary>
/// <param name="Key">activity, newcomers, events, conversation or resilience.</param>
/// <param name="Name">For people.</param>
/// <param name="Weight">How much it counts.</param>
/// <param name="Measures">What it is made of.</param>
/// <param name="Score">Mean percentile of its known measures; null where none is known.</param>
/// <param name="Before">The same a week earlier.</param>
public sealed record HealthPart(string Key, string Name, decimal Weight, IReadOnlyList<HealthMeasure> Measures, decimal? Score, decimal? Before);

/// <summary>One measured value of a part, against its own twelve weeks.</summary>
/// <param name="Metric">What it is.</param>
/// <param name="Value">Now; null where it is unknown.</param>
/// <param name="Percentile">0 to 100, better is higher; null where it cannot be said.</param>
/// <param name="Weeks">The weekly values, oldest first, this week's last.</param>
public sealed record HealthMeasure(string Metric, decimal? Value, decimal? Percentile, IReadOnlyList<decimal?> Weeks);

/// <summary>
/// How a group does against itself: five parts, each 0 to 100 as the percentile of its value among its own trailing twelve weeks, never
/// against other groups. Never used in pricing, limits, ranking or upgrade prompts.
/// </summary>
/// <param name="Parts">All five, known or not.</param>
/// <param name="Score">The weighed mean of the known parts; null where there is none.</param>
/// <param name="Before">A week earlier.</param>
/// <param name="Reason">Why there is no score; null where there is one.</param>
/// <param name="Members">How many members there are, where they are too few for a score.</param>
public sealed record HealthScore(IReadOnlyList<HealthPart> Parts, decimal? Score, decimal? Before, string? Reason, int? Members = null)
{
    /// <summary>The version of this definition.</summary>
    public const int Version = 1;

    /// <summary>Weeks that a value is held against.</summary>
    public const int Weeks = 12;

    /// <summary>Days of each weekly value.</summary>
    public const int WindowDays = 28;

    /// <summary>Known weeks that a percentile needs.</summary>
    public const int FewestWeeks = 6;

    /// <summary>Parts that a score needs.</summary>
    public const int FewestParts = 3;

    /// <summary>Members that a score needs.</summary>
    public const int FewestMembers = 20;

    // Fewer newcomers than this are chance.
    private const int FewestNewcomers = 3;

    /// <summary>The parts' keys, in order.</summary>
    public static IReadOnlyList<string> Keys { get; } = ["activity", "newcomers", "events", "conversation", "resilience"];

    /// <summary>How far it moved in a week, in whole points; null where either is unknown.</summary>
    public decimal? Moved => Score is { } now && Before is { } then ? decimal.Round(now, MidpointRounding.AwayFromZero) - decimal.Round(then, MidpointRounding.AwayFromZero) : null;

    /// <summary>Works it out from a group's history.</summary>
    /// <param name="history">All of it.</param>
    /// <param name="weights">By part; absent is 1, and 0 leaves a part out.</param>
    public static HealthScore Of(GroupHistory history, IReadOnlyDictionary<string, decimal> weights)
    {
        // This week, the twelve before, and one more for what the score was a week ago.
        var joins = history.Joins();
        var windows = Enumerable.Range(0, Weeks + 2).Select(ago => DayWindow.Ending(history.LastWhole.PlusDays(-7 * ago), WindowDays)).Reverse().ToList();
        IReadOnlyList<decimal?> Each(Func<DayWindow, decimal?> value) => [.. windows.Select(value)];
        var parts = new[]
        {
            Part("activity", "Activity", (CommunityMetrics.StickinessWeekly.Id, false, Each(w => history.Activity.Stickiness(7, w).Value))),
            Part("newcomers", "Newcomers", (CommunityMetrics.FirstWeekReturn.Id, false, Each(w => Returned(history, joins, w)))),
            Part("events", "Events", (CommunityMetrics.Attendance.Id, false, Each(w => AttendanceTimesFill(history, w)))),
            Part("conversation", "Conversation",
                (CommunityMetrics.FirstReply.Id, true, Each(w => (decimal?)history.Replies(w)?.Median?.TotalHours)),
                (CommunityMetrics.MemberMade.Id, false, Each(w => Concentration.MemberMade(history.Acts(w), history.Members).Ratio))),
            Part("resilience", "Resilience", (CommunityMetrics.Concentration.Id, true, Each(w => TopFive(history, w)))),
        };
        var members = history.Members.CountAt(history.ReadAt) ?? 0;
        var known = parts.Count(p => p.Score is not null && p.Weight > 0);
        var reason = members < FewestMembers ? $"A score needs {FewestMembers} members; the group has {members}."
            : known < FewestParts ? $"A score needs {FewestParts} of the five parts; {known} {(known == 1 ? "is" : "are")} known." : null;
        return new HealthScore(parts, reason is null ? Mean(parts, p => p.Score) : null, reason is null ? Mean(parts, p => p.Before) : null, reason, members < FewestMembers ? members : null);

        HealthPart Part(string key, string name, params (string Metric, bool LowerIsBetter, IReadOnlyList<decimal?> Values)[] measured)
        {
            var measures = measured.Select(m => new HealthMeasure(m.Metric, m.Values[^1], Percentile(m.Values.Skip(1).ToList(), m.LowerIsBetter), [.. m.Values.Skip(1)])).ToList();
            var before = measured.Select(m => Percentile(m.Values.SkipLast(1).ToList(), m.LowerIsBetter));
            return new HealthPart(key, name, weights.GetValueOrDefault(key, 1m), measures, Average(measures.Select(m => m.Percentile)), Average(before));
        }
    }

    /// <summary>
    /// Where the last value stands among those before it, 0 to 100: the share below it, equal ones by half. Null where it or too many of the others
    /// are unknown.
    /// </summary>
    public static decimal? Percentile(IReadOnlyList<decimal?> weeks, bool lowerIsBetter)
    {
        if (weeks.Count == 0 || weeks[^1] is not { } now) return null;
        var own = weeks.SkipLast(1).OfType<decimal>().ToList();
        if (own.Count < FewestWeeks) return null;
        var below = own.Count(v => lowerIsBetter ? v > now : v < now);
        return (below + (own.Count(v => v == now) / 2m)) / own.Count * 100m;
    }

    private static decimal? Mean(IEnumerable<HealthPart> parts, Func<HealthPart, decimal?> score)
    {
        var known = parts.Where(p => score(p) is not null && p.Weight > 0).ToList();
        return known.Count < FewestParts ? null : known.Sum(p => p.Weight * score(p)!.Value) / known.Sum(p => p.Weight);
    }

    private static decimal? Average(IEnumerable<decimal?> values) => values.OfType<decimal>().ToList() is { Count: > 0 } known ? known.Average() : null;

    private static decimal? Returned(GroupHistory history, IReadOnlyList<(string Who, LocalDate Joined)> joins, DayWindow window)
    {
        if (!history.VisitsRecorded) return null;
        // Their two weeks must be over at the window's end.
        var back = Newcomers.FirstWeekReturn(joins, history.Activity, new DayWindow(window.From.PlusDays(-14), window.To.PlusDays(-14)), window.To);
        return back.Whole < FewestNewcomers ? null : back.Ratio;
    }

    private static decimal? AttendanceTimesFill(GroupHistory history, DayWindow window)
    {
        var held = history.Held(window);
        return Attendance.Of(held).Rate * EventFigures.Fill(held.Where(g => g.IsRecorded)).Ratio;
    }

    private static decimal? TopFive(GroupHistory history, DayWindow window) =>
        Concentration.Of(history.Acts(window)) is { All: > 0 } made ? made.Top5 / (decimal)made.All : null;
}

using NodaTime;

namespace OpenMeet.Insights.Domain.Community;

/// <summary>The steps of being there; each holds those above it.</summary>
public enum ActionStep
{
    /// <summary>Opened a page of the group, or more.</summary>
    Visited,

    /// <summary>Answered or checked in, or more.</summary>
    TookPart,

    /// <summary>Wrote, uploaded or made an event.</summary>
    Contributed,
}

/// <summary>Who did how much on which day.</summary>
public sealed class ActivityCalendar
{
    // By person, days as numbers with the highest step of that day.
    private readonly Dictionary<string, Dictionary<int, ActionStep>> _people;

    private ActivityCalendar(Dictionary<string, Dictionary<int, ActionStep>> people) => _people = people;

    /// <summary>Puts acts into days; order and repetition do not matter.</summary>
    public static ActivityCalendar Of(IEnumerable<(string Who, LocalDate Day, ActionStep Step)> acts)
    {
        var people = new Dictionary<string, Dictionary<int, ActionStep>>(StringComparer.Ordinal);
        foreach (var (who, day, step) in acts)
        {
            if (!people.TryGetValue(who, out var days)) people[who] = days = [];
            var number = Number(day);
            if (!days.TryGetValue(number, out var known) || known < step) days[number] = step;
        }
        return new ActivityCalendar(people);
    }

    /// <summary>Everybody who ever did anything.</summary>
    public IReadOnlyCollection<string> People => _people.Keys;

    /// <summary>The same without some people.</summary>
    public ActivityCalendar Without(IReadOnlySet<string> people) =>
        people.Count == 0 ? this : new(_people.Where(p => !people.Contains(p.Key)).ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal));

    /// <summary>The people who reached a step within a window.</summary>
    public IReadOnlySet<string> Who(ActionStep step, DayWindow window) => _people.Where(p => Reached(p.Value, step, Number(window.From), Number(window.To))).Select(p => p.Key).ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether a person reached a step within a window.</summary>
    public bool Did(string who, ActionStep step, DayWindow window) => _people.TryGetValue(who, out var days) && Reached(days, step, Number(window.From), Number(window.To));

    /// <summary>For each day of a window, how many people reached a step in the n days that end with it.</summary>
    public IReadOnlyList<int> Rolling(ActionStep step, int days, DayWindow window)
    {
        var (first, length) = (Number(window.From), window.Length);
        // Each person is there from an active day on for n days; overlapping stretches count once.
        var change = new int[length + 1];
        foreach (var person in _people.Values)
        {
            var end = int.MinValue;
            foreach (var day in person.Where(d => d.Value >= step).Select(d => d.Key).Order())
            {
                var (from, to) = (Math.Max(Math.Max(day, end), first), Math.Min(day + days, first + length));
                if (from < to)
                {
                    change[from - first]++;
                    change[to - first]--;
                }
                end = day + days;
            }
        }
        var counts = new int[length];
        for (var (i, sum) = (0, 0); i < length; i++) counts[i] = sum += change[i];
        return counts;
    }

    /// <summary>How the people who took part came to be there.</summary>
    public ParticipationFlow Flow(DayWindow window)
    {
        var (first, last, before) = (Number(window.From), Number(window.To), Number(window.Before.From));
        var (fresh, returning, resurrected, dormant) = (0, 0, 0, 0);
        foreach (var days in _people.Values)
        {
            var (now, then, earlier) = (Reached(days, ActionStep.TookPart, first, last), Reached(days, ActionStep.TookPart, before, first - 1), false);
            if (now && !then) earlier = days.Any(d => d.Key < before && d.Value >= ActionStep.TookPart);
            if (now && then) returning++;
            else if (earlier) resurrected++;
            else if (now) fresh++;
            else if (then) dormant++;
        }
        return new ParticipationFlow(fresh, returning, resurrected, dormant);
    }

    /// <summary>The mean of daily ratios of those who took part in the last <paramref name="days"/> days to those in 28.</summary>
    public MeanRatio Stickiness(int days, DayWindow window) => MeanRatio.Of(Rolling(ActionStep.TookPart, days, window), Rolling(ActionStep.TookPart, 28, window));

    private static bool Reached(Dictionary<int, ActionStep> days, ActionStep step, int first, int last)
    {
        if (days.Count <= last - first) return days.Any(d => d.Key >= first && d.Key <= last && d.Value >= step);
        for (var day = first; day <= last; day++)
        {
            if (days.TryGetValue(day, out var reached) && reached >= step) return true;
        }
        return false;
    }

    private static int Number(LocalDate day) => day.ToDateOnly().DayNumber;
}

/// <summary>A mean of daily ratios.</summary>
/// <param name="Value">0 to 1; null where every day was skipped.</param>
/// <param name="Days">Days that count.</param>
/// <param name="Skipped">Days on which the whole was 0.</param>
public readonly record struct MeanRatio(decimal? Value, int Days, int Skipped)
{
    /// <summary>Works it out from the parts and wholes of each day.</summary>
    public static MeanRatio Of(IReadOnlyList<int> parts, IReadOnlyList<int> wholes)
    {
        var (sum, days) = (0m, 0);
        for (var i = 0; i < wholes.Count; i++)
        {
            if (wholes[i] == 0) continue;
            sum += parts[i] / (decimal)wholes[i];
            days++;
        }
        return new MeanRatio(days == 0 ? null : sum / days, days, wholes.Count - days);
    }
}

using NodaTime;
using OpenMeet.Insights.Domain.Calendar;

namespace OpenMeet.Insights.Domain.Costs;

/// <summary>Which rate is in force when.</summary>
public static class RateSchedule
{
    /// <summary>
    /// Cuts a range where the rate changes. A rate holds until the next one begins; before the first there is none, and no stretch.
    /// </summary>
    /// <param name="ratesOfOneMeter">In any order of their instants; of two with the same instant the one given later holds.</param>
    /// <param name="range">What is to be costed.</param>
    /// <returns>Stretches in time order, none of them empty.</returns>
    public static IReadOnlyList<(TimeRange Range, Rate Rate)> Stretches(IEnumerable<Rate> ratesOfOneMeter, TimeRange range)
    {
        ArgumentNullException.ThrowIfNull(ratesOfOneMeter);
        var rates = ratesOfOneMeter.GroupBy(rate => rate.From).Select(same => same.Last()).OrderBy(rate => rate.From).ToArray();
        var stretches = new List<(TimeRange, Rate)>(rates.Length);
        for (var i = 0; i < rates.Length; i++)
        {
            var inForce = new TimeRange(rates[i].From, i + 1 < rates.Length ? rates[i + 1].From : Instant.MaxValue);
            if (inForce.Intersect(range) is { } stretch)
            {
                stretches.Add((stretch, rates[i]));
            }
        }

        return stretches;
    }
}

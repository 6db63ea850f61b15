using NodaTime;
using NodaTime.Text;
using OpenMeet.Insights.Domain.Calendar;

namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>The segments of a period: their order, their share of it, and how both read.</summary>
internal static class Segments
{
    private static readonly ZonedDateTimePattern Moment =
        ZonedDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd HH:mm", DateTimeZoneProviders.Tzdb);

    public static IReadOnlyList<RatedSegment> InOrder(BillingPeriod period, IReadOnlyList<RatedSegment> segments)
    {
        ArgumentNullException.ThrowIfNull(segments);
        RatedSegment[] ordered = [.. segments.OrderBy(segment => segment.Range.From).ThenBy(segment => segment.Range.To)];
        var end = period.Range.From;
        foreach (var range in ordered.Select(segment => segment.Range))
        {
            if (range.From < end || range.To > period.Range.To)
            {
                throw new ArgumentException($"{range} overlaps another segment or leaves {period}.", nameof(segments));
            }

            end = range.To;
        }

        return ordered;
    }

    public static decimal Share(BillingPeriod period, TimeRange range) => range.Seconds / period.Seconds;

    /// <summary>The share in words: <c>15 of 30 days</c>, or in seconds where days do not come out even.</summary>
    public static string ShareWords(BillingPeriod period, TimeRange range)
    {
        const decimal day = 86_400m;
        return range.Seconds % day == 0 && period.Seconds % day == 0
            ? $"{Figures.Quantity(range.Seconds / day)} of {Figures.Quantity(period.Seconds / day)} days"
            : $"{Figures.Quantity(range.Seconds)} of {Figures.Quantity(period.Seconds)} s";
    }

    /// <summary>When, in the billing zone, for a segment that is not the whole period: <c>, from 2026-11-16 00:00</c>.</summary>
    public static string Between(BillingPeriod period, TimeRange range)
    {
        var from = range.From == period.Range.From ? "" : $", from {Moment.Format(range.From.InZone(period.Zone))}";
        var until = range.To == period.Range.To ? "" : $", until {Moment.Format(range.To.InZone(period.Zone))}";
        return from + until;
    }
}

using NodaTime;

namespace OpenMeet.Insights.Domain.Calendar;

/// <summary>Calendar days with the instants at which they begin. They come from here and not from a database: a billing zone may change, and databases know single zones only.</summary>
public static class BillingDays
{
    /// <summary>The days that a stretch of time touches, in order.</summary>
    /// <param name="zone">Whose calendar.</param>
    /// <param name="from">Its start.</param>
    /// <param name="until">Its end, not included; a stretch without a length touches no day.</param>
    public static IReadOnlyList<(LocalDate Day, Instant Start)> Of(DateTimeZone zone, Instant from, Instant until)
    {
        ArgumentNullException.ThrowIfNull(zone);
        var days = new List<(LocalDate, Instant)>();
        if (from >= until) return days;
        var last = (until - Duration.FromTicks(10)).InZone(zone).Date;
        for (var day = from.InZone(zone).Date; day <= last; day = day.PlusDays(1)) days.Add((day, zone.AtStartOfDay(day).ToInstant()));
        return days;
    }
}

using NodaTime;

namespace OpenMeet.Insights.Domain.Alerts;

/// <summary>Hours of each day in which a person wants no mail and no webhook; they may run over midnight.</summary>
/// <param name="From">Their start on the zone's clock, included.</param>
/// <param name="To">Their end, not included. Equal to the start: there are none.</param>
/// <param name="Zone">Whose clock.</param>
public sealed record QuietHours(LocalTime From, LocalTime To, DateTimeZone Zone)
{
    /// <summary>When the quiet hours that hold at an instant end; null outside of them.</summary>
    public Instant? EndAt(Instant instant)
    {
        if (From == To) return null;
        var local = instant.InZone(Zone);
        var overMidnight = To < From;
        var time = local.TimeOfDay;
        var quiet = overMidnight ? time >= From || time < To : time >= From && time < To;
        if (!quiet) return null;
        var day = overMidnight && time >= From ? local.Date.PlusDays(1) : local.Date;
        var end = (day + To).InZoneLeniently(Zone).ToInstant();
        // Where a clock is put back, the end may have come already on it.
        return end > instant ? end : null;
    }
}

using NodaTime;
using NodaTime.TimeZones;

namespace OpenMeet.Insights.Domain.Calendar;

/// <summary>One zone after another: the clock of a tenant whose billing zone changed. Its months have neither gap nor overlap.</summary>
public sealed class SuccessiveZones : DateTimeZone
{
    private readonly (Instant From, DateTimeZone Zone)[] _zones;

    private SuccessiveZones((Instant From, DateTimeZone Zone)[] zones)
        : base(string.Join(", then ", zones.Select(z => z.Zone.Id)), false, zones.Min(z => z.Zone.MinOffset), zones.Max(z => z.Zone.MaxOffset)) => _zones = zones;

    /// <summary>The zone itself where there is one only.</summary>
    /// <param name="zones">In order of time; the first holds from the beginning.</param>
    public static DateTimeZone Of(IReadOnlyList<(Instant From, DateTimeZone Zone)> zones)
    {
        ArgumentNullException.ThrowIfNull(zones);
        ArgumentOutOfRangeException.ThrowIfZero(zones.Count);
        return zones.Count == 1 ? zones[0].Zone : new SuccessiveZones([.. zones]);
    }

    /// <summary>
    /// When the clock of a coming month can change: at the month's start by the old zone or by the new one, whichever is later, so that
    /// the running month keeps its length.
    /// </summary>
    /// <param name="running">The month before the change.</param>
    /// <param name="zone">The new zone.</param>
    public static Instant Change(BillingPeriod running, DateTimeZone zone)
    {
        var next = running.Next();
        return Instant.Max(next.Range.From, new BillingPeriod(next.Year, next.Month, zone).Range.From);
    }

    /// <inheritdoc/>
    public override ZoneInterval GetZoneInterval(Instant instant)
    {
        var i = _zones.Length - 1;
        while (i > 0 && _zones[i].From > instant) i--;
        var own = _zones[i].Zone.GetZoneInterval(instant);
        Instant? start = own.HasStart ? own.Start : null;
        Instant? end = own.HasEnd ? own.End : null;
        if (i > 0 && (start is null || start < _zones[i].From)) start = _zones[i].From;
        if (i + 1 < _zones.Length && (end is null || end > _zones[i + 1].From)) end = _zones[i + 1].From;
        return new ZoneInterval(own.Name, start, end, own.WallOffset, own.Savings);
    }
}

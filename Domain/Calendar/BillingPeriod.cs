using System.Globalization;
using NodaTime;
using NodaTime.TimeZones;

namespace OpenMeet.Insights.Domain.Calendar;

/// <summary>A calendar month in the tenant's billing time zone. Months of one zone follow each other without gap or overlap.</summary>
public readonly record struct BillingPeriod
{
    // As AtStartOfDay (a midnight that occurs twice: the earlier one), but a first of the month that a zone skipped is no error.
    private static readonly ZoneLocalMappingResolver StartOfMonth =
        Resolvers.CreateMappingResolver(Resolvers.ReturnEarlier, Resolvers.ReturnStartOfIntervalAfter);

    /// <summary>The month.</summary>
    /// <param name="year">1 to 9998.</param>
    /// <param name="month">1 to 12.</param>
    /// <param name="zone">The billing time zone.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such month.</exception>
    public BillingPeriod(int year, int month, DateTimeZone zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        ArgumentOutOfRangeException.ThrowIfLessThan(year, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(year, 9998);
        ArgumentOutOfRangeException.ThrowIfLessThan(month, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(month, 12);
        var first = new LocalDate(year, month, 1);
        (Year, Month, Zone) = (year, month, zone);
        Range = new TimeRange(Start(first, zone), Start(first.PlusMonths(1), zone));
    }

    /// <summary>The calendar year.</summary>
    public int Year { get; }

    /// <summary>The month of the year, 1 to 12.</summary>
    public int Month { get; }

    /// <summary>The zone whose midnights bound it.</summary>
    public DateTimeZone Zone { get; }

    /// <summary>From the start of its first day to the start of the next month's, daylight saving respected.</summary>
    public TimeRange Range { get; }

    /// <summary>Its length in seconds; a month in which clocks change is an hour longer or shorter.</summary>
    public decimal Seconds => Range.Seconds;

    /// <summary>The month that holds the instant.</summary>
    public static BillingPeriod Containing(Instant instant, DateTimeZone zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        var date = instant.InZone(zone).Date;
        var period = new BillingPeriod(date.Year, date.Month, zone);

        // Where clocks go back over midnight, the local date says last month for an hour that this month has begun.
        return instant >= period.Range.To ? period.Next() : period;
    }

    /// <summary>Reads <c>2026-11</c>: four digits, a hyphen, two digits.</summary>
    public static bool TryParse(string? text, DateTimeZone zone, out BillingPeriod period)
    {
        period = default;
        if (text is not { Length: 7 } || text[4] != '-'
            || !int.TryParse(text.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture, out var year)
            || !int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var month)
            || year is < 1 or > 9998 || month is < 1 or > 12)
        {
            return false;
        }

        period = new BillingPeriod(year, month, zone);
        return true;
    }

    /// <summary>The month after.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The calendar ends here.</exception>
    public BillingPeriod Next() => Month == 12 ? new(Year + 1, 1, Zone) : new(Year, Month + 1, Zone);

    /// <summary>The month before.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The calendar begins here.</exception>
    public BillingPeriod Previous() => Month == 1 ? new(Year - 1, 12, Zone) : new(Year, Month - 1, Zone);

    /// <summary>Year and month: <c>2026-11</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Year:0000}-{Month:00}");

    private static Instant Start(LocalDate day, DateTimeZone zone) => zone.ResolveLocal(day.AtMidnight(), StartOfMonth).ToInstant();
}

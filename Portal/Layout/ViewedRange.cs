using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Layout;

/// <summary>The range of a page, from the address to instants of the billing zone.</summary>
/// <param name="Choice">As the address says it.</param>
/// <param name="Today">Today in the billing zone.</param>
/// <param name="Range">From its first day's start to the start of the day after its last.</param>
/// <param name="Period">The billing month, where the range is exactly one.</param>
public sealed record ViewedRange(RangeChoice Choice, DateOnly Today, TimeRange Range, BillingPeriod? Period)
{
    /// <summary>Reads a choice as seen now.</summary>
    public static ViewedRange Of(RangeChoice choice, Tenant tenant, TimeProvider time)
    {
        var today = Instant.FromDateTimeOffset(time.GetUtcNow()).InZone(tenant.Zone).Date;
        var day = new DateOnly(today.Year, today.Month, today.Day);
        var (from, to) = choice.Resolve(day);
        var range = Days(tenant, from, to);
        var month = BillingPeriod.Containing(range.From, tenant.Zone);
        return new ViewedRange(choice, day, range, month.Range == range ? month : null);
    }

    /// <summary>The days that it is compared with; null for none.</summary>
    public (DateOnly From, DateOnly To)? Before { get; private init; }

    /// <summary>Why it is not compared though it should be: some of those days were before anything was recorded, and what is unknown is not 0.</summary>
    public string? NotCompared { get; private init; }

    /// <summary>The same beside other days.</summary>
    /// <param name="choice">Which days.</param>
    /// <param name="recordedSince">The first day of which anything is known; null where nothing is.</param>
    public ViewedRange Beside(CompareChoice choice, LocalDate? recordedSince)
    {
        var (from, to) = Choice.Resolve(Today);
        if (choice.Resolve(from, to, Today) is not { } days) return this;
        return recordedSince is { } first && LocalDate.FromDateOnly(days.From) < first
            ? this with { NotCompared = Words.Say("Not compared: recorded since {0}", Formats.Date(first)) }
            : this with { Before = days };
    }

    /// <summary>Days of the billing zone, both included, as instants.</summary>
    public static TimeRange Days(Tenant tenant, DateOnly from, DateOnly to) => new DayWindow(LocalDate.FromDateOnly(from), LocalDate.FromDateOnly(to)).In(tenant.Zone);

    /// <summary>The billing month that the range starts in: what a statement beside it is about.</summary>
    public BillingPeriod Month(Tenant tenant) => Period ?? BillingPeriod.Containing(Range.To - Duration.FromTicks(10), tenant.Zone);
}

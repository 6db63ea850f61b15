using NodaTime;

namespace OpenMeet.Insights.Domain.Forecasting;

/// <summary>Whether a forecast gives a date at which a limit is reached, and if not, why.</summary>
public enum LimitDateOutcome
{
    /// <summary>The middle forecast reaches the limit within 365 days (a flow: within its period).</summary>
    Dated,

    /// <summary>The limit is reached already.</summary>
    Reached,

    /// <summary>The middle forecast does not grow: there is no date.</summary>
    NotGrowing,

    /// <summary>The middle forecast reaches the limit later than in 365 days.</summary>
    MoreThanAYear,

    /// <summary>A flow's middle forecast ends its period below the limit.</summary>
    NotThisPeriod,

    /// <summary>There are fewer daily values than a fit needs.</summary>
    TooLittleData,
}

/// <summary>
/// When a limit is reached: the middle forecast (p50) and its 80 % range (p10 is the early end, p90 the late one), each as a
/// date and as whole days after the last daily value. A missing date within a dated answer means "more than a year"
/// (a flow: "not in this period").
/// </summary>
/// <param name="Outcome">Whether there is a date, and if not, why.</param>
/// <param name="P10">Early end of the 80 % range.</param>
/// <param name="P50">Middle forecast.</param>
/// <param name="P90">Late end of the 80 % range.</param>
/// <param name="P10Days">Days from the last daily value to <paramref name="P10"/>.</param>
/// <param name="P50Days">Days from the last daily value to <paramref name="P50"/>.</param>
/// <param name="P90Days">Days from the last daily value to <paramref name="P90"/>.</param>
/// <param name="Days">Daily values that the fit used.</param>
/// <param name="DaysNeeded">Daily values that a fit needs at least.</param>
public sealed record LimitDate(
    LimitDateOutcome Outcome,
    LocalDate? P10,
    LocalDate? P50,
    LocalDate? P90,
    int? P10Days,
    int? P50Days,
    int? P90Days,
    int Days,
    int DaysNeeded)
{
    internal static LimitDate Without(LimitDateOutcome outcome, int days, int needed) =>
        new(outcome, null, null, null, null, null, null, days, needed);

    internal static LimitDate On(LimitDateOutcome outcome, LocalDate asOf, int? p10, int? p50, int? p90, int days, int needed) =>
        new(outcome, Date(asOf, p10), Date(asOf, p50), Date(asOf, p90), p10, p50, p90, days, needed);

    private static LocalDate? Date(LocalDate asOf, int? days) => days is { } n ? asOf.PlusDays(n) : null;
}

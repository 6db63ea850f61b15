using NodaTime;
using OpenMeet.Insights.Domain.Capacity;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Infrastructure.Capacity;

namespace OpenMeet.Insights.Portal.Capacity;

/// <summary>How capacities are said.</summary>
internal static class CapacityWords
{
    /// <summary>"order by 3 Mar", "order now", "no order needed within a year"; null where that is not known.</summary>
    public static string? Order(PoolOutlook outlook, LocalDate today) => outlook switch
    {
        { Full: null or { Outcome: LimitDateOutcome.TooLittleData } } => null,
        { OrderBy: { } day } when day > today => "order by " + ForecastText.Date(day, today),
        { Full.Outcome: LimitDateOutcome.Reached } or { OrderBy: not null } => "order now",
        _ => "no order needed within a year",
    };

    /// <summary>"held now", "used in the last 30 days", "by the last sample of each day".</summary>
    public static string Used(Pool pool) => pool.Meter is null ? "by the last sample of each day" : pool.IsStock ? "held now, by everybody and nobody" : $"used in the last {RollingUse.Days} days";

    /// <summary>"can hold", "can give in 30 days".</summary>
    public static string Capacity(Pool pool) => pool.IsStock ? "can hold" : $"can give in {RollingUse.Days} days";
}

using OpenMeet.Insights.Domain.Calendar;

namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>Turns a period's usage into its statement.</summary>
public static class StatementRating
{
    /// <summary>Rates a period.</summary>
    public static Statement Rate(BillingPeriod period, IReadOnlyList<RatedSegment> segments, IReadOnlySet<string>? maxMeters = null) =>
        throw new NotImplementedException();
}

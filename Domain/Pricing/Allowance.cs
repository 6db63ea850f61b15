using OpenMeet.Insights.Domain.Calendar;

namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>Included and over of a period.</summary>
public static class Allowance
{
    /// <summary>Of one meter, over the whole period.</summary>
    public static (decimal Included, decimal Over) For(
        BillingPeriod period, string meter, IReadOnlyList<RatedSegment> segments, bool isMax = false) => throw new NotImplementedException();
}

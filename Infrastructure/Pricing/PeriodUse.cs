using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Attribution;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>What all carriers used in one whole period. A part of the period is not in it: who needs one asks the database.</summary>
internal sealed record PeriodUse(BillingPeriod Period, ILookup<string, KeyValuePair<(string Key, int Meter), CarriedQuantity>> ByCarrier)
{
    /// <summary>The use of some carriers in a range; null where the range is not the whole period.</summary>
    public IEnumerable<KeyValuePair<(string Key, int Meter), CarriedQuantity>>? Of(IEnumerable<string> carriers, TimeRange range) =>
        range == Period.Range ? carriers.SelectMany(c => ByCarrier[c]) : null;
}

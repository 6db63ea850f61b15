using NodaTime;
using OpenMeet.Insights.Domain.Attribution;

namespace OpenMeet.Insights.Infrastructure.Directory;

/// <summary>What holds in a tenant from an instant on. Terms are dated and never rewritten: figures of a time keep the terms of that time.</summary>
/// <param name="From">From when on; null is the beginning.</param>
/// <param name="Currency">ISO 4217 code of all money of that time.</param>
/// <param name="BillingTimeZone">IANA zone whose calendar months are the billing periods.</param>
/// <param name="Attribution">Who carries: <c>group-carries</c>, <c>uploader-carries</c> or <c>split</c>.</param>
/// <param name="SplitPercent">The group's part under <c>split</c>, in percent; else null.</param>
public sealed record TenantTerms(Instant? From, string Currency, string BillingTimeZone, string Attribution, decimal? SplitPercent)
{
    /// <summary>The attribution policy.</summary>
    public AttributionPolicy Policy => AttributionPolicy.Of(Attribution, SplitPercent);

    /// <summary>The billing zone.</summary>
    public DateTimeZone Zone => DateTimeZoneProviders.Tzdb[BillingTimeZone];
}

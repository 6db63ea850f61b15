using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using NodaTime.Serialization.SystemTextJson;
using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Domain.Calendar;

namespace OpenMeet.Insights.Infrastructure.Directory;

/// <summary>A community platform of its own: its events, accounts, plans and money never meet another tenant's.</summary>
public sealed class Tenant
{
    /// <summary>The number that leads the key of every table.</summary>
    public int Id { get; set; }

    /// <summary>The key that callers send as <c>X-Tenant-Id</c>.</summary>
    public required string Key { get; set; }

    /// <summary>The name for people.</summary>
    public required string Name { get; set; }

    /// <summary>Currency, billing zone and attribution by date, in order; the first hold from the beginning.</summary>
    public required IReadOnlyList<TenantTerms> Terms { get; set; }

    /// <summary>The plan of an account that was never given one.</summary>
    public string DefaultPlan { get; set; } = "free";

    /// <summary>Limits where no plan has one: JSON of meter to <c>{limit, limitKind}</c>.</summary>
    public string DefaultLimits { get; set; } = "{}";

    /// <summary>Grows with every change of what is counted and how, so that every process sees it at its next write.</summary>
    public long CatalogVersion { get; set; }

    /// <summary>When a demo was put into it; null where none was.</summary>
    public Instant? DemoFilledAt { get; set; }

    /// <summary>The billing zone; where it changed, one after the other.</summary>
    public DateTimeZone Zone => SuccessiveZones.Of([.. ByDate(t => t.BillingTimeZone).Select(t => (t.From ?? Instant.MinValue, t.Zone))]);

    /// <summary>The attribution policies by date.</summary>
    public AttributionSchedule Attribution => ScheduleOf(Terms);

    /// <summary>What holds at an instant.</summary>
    public TenantTerms TermsAt(Instant time) => Terms.Last(t => t.From is null || t.From <= time);

    /// <summary>The currency of all money at an instant.</summary>
    public string CurrencyAt(Instant time) => TermsAt(time).Currency;

    /// <summary>When another currency begins within a range, the last such instant; null where the range has one currency.</summary>
    public Instant? CurrencyChangeIn(TimeRange range) =>
        ByDate(t => t.Currency).LastOrDefault(t => t.From > range.From && t.From < range.To)?.From;

    /// <summary>The latest part of a range that has one currency: amounts of two do not add up.</summary>
    public TimeRange InOneCurrency(TimeRange range) => CurrencyChangeIn(range) is { } change ? new TimeRange(change, range.To) : range;

    /// <summary>Terms that are set and have not begun; null where none are.</summary>
    public TenantTerms? ComingAfter(Instant now) => Terms[^1].From > now ? Terms[^1] : null;

    internal static AttributionSchedule ScheduleOf(IReadOnlyList<TenantTerms> terms) =>
        new(ByDate(terms, t => t.Policy).Select(t => (t.From ?? Instant.MinValue, t.Policy)));

    private IEnumerable<TenantTerms> ByDate<T>(Func<TenantTerms, T> what) => ByDate(Terms, what);

    // Only the terms with which something begins.
    private static IEnumerable<TenantTerms> ByDate<T>(IReadOnlyList<TenantTerms> terms, Func<TenantTerms, T> what) =>
        terms.Where((t, i) => i == 0 || !Equals(what(t), what(terms[i - 1])));
}

internal sealed class TenantTable : IEntityTypeConfiguration<Tenant>
{
    private static readonly JsonSerializerOptions Json = new JsonSerializerOptions(JsonSerializerDefaults.Web).ConfigureForNodaTime(DateTimeZoneProviders.Tzdb);

    public void Configure(EntityTypeBuilder<Tenant> table)
    {
        table.ToTable("tenant");
        table.HasIndex(t => t.Key).IsUnique();
        table.Property(t => t.DefaultLimits).HasColumnType("jsonb");
        table.Property(t => t.Terms).HasColumnType("jsonb").HasConversion(
            terms => JsonSerializer.Serialize(terms, Json), json => Read(json),
            new ValueComparer<IReadOnlyList<TenantTerms>>((a, b) => a!.SequenceEqual(b!), t => t.Count, t => t));
        table.Ignore(t => t.Zone);
        table.Ignore(t => t.Attribution);
    }

    internal static IReadOnlyList<TenantTerms> Read(string json) => JsonSerializer.Deserialize<List<TenantTerms>>(json, Json)!;
}

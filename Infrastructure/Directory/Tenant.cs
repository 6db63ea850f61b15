using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

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

    /// <summary>ISO 4217 code of all money.</summary>
    public required string Currency { get; set; }

    /// <summary>IANA zone whose calendar months are the billing periods.</summary>
    public required string BillingTimeZone { get; set; }

    /// <summary>Who carries an upload: <c>group-carries</c>.</summary>
    public string Attribution { get; set; } = "group-carries";

    /// <summary>The plan of an account that was never given one.</summary>
    public string DefaultPlan { get; set; } = "free";

    /// <summary>Limits where no plan has one: JSON of meter to <c>{limit, limitKind}</c>.</summary>
    public string DefaultLimits { get; set; } = "{}";

    /// <summary>Grows with every change of the meters, so that every process sees it at its next write.</summary>
    public long CatalogVersion { get; set; }

    /// <summary>When a demo was put into it; null where none was.</summary>
    public Instant? DemoFilledAt { get; set; }

    /// <summary>The billing zone.</summary>
    public DateTimeZone Zone => DateTimeZoneProviders.Tzdb[BillingTimeZone];
}

internal sealed class TenantTable : IEntityTypeConfiguration<Tenant>
{
    public void Configure(EntityTypeBuilder<Tenant> table)
    {
        table.ToTable("tenant");
        table.HasIndex(t => t.Key).IsUnique();
        table.Property(t => t.DefaultLimits).HasColumnType("jsonb");
        table.Ignore(t => t.Zone);
    }
}

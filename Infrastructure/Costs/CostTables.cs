using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Infrastructure.Costs;

/// <summary>What one unit of a meter costs the platform from an instant on. A correction is a newer row; the older one stays.</summary>
public sealed class UnitRate
{
    public long Id { get; set; }
    public int TenantId { get; set; }
    public required string Meter { get; set; }

    /// <summary>Per unit; for storage per GB-month.</summary>
    public decimal UnitCost { get; set; }
    public required string Currency { get; set; }

    /// <summary>The unit cost with its currency.</summary>
    public Amount Cost => new(UnitCost, new Currency(Currency));
    public Instant From { get; set; }
    public Instant CreatedAt { get; set; }
    public required string CreatedBy { get; set; }
}

/// <summary>A provider's real bill for one month, shared by the use of a meter. The newest row of a name and month holds.</summary>
public sealed class Bill
{
    public long Id { get; set; }
    public int TenantId { get; set; }
    public required string Name { get; set; }

    /// <summary>The month, <c>2026-10</c>.</summary>
    public required string Period { get; set; }
    public decimal Amount { get; set; }
    public required string Currency { get; set; }

    /// <summary>The amount with its currency.</summary>
    public Amount Total => new(Amount, new Currency(Currency));

    /// <summary>The slug of the additive meter by whose carried quantity it is shared.</summary>
    public required string Driver { get; set; }

    /// <summary>The share that nobody used, shown apart, in percent.</summary>
    public decimal IdlePercent { get; set; }
    public Instant CreatedAt { get; set; }
    public required string CreatedBy { get; set; }

    /// <summary>When a newer bill took its place.</summary>
    public Instant? ReplacedAt { get; set; }
}

internal sealed class CostTables : IEntityTypeConfiguration<UnitRate>, IEntityTypeConfiguration<Bill>
{
    public void Configure(EntityTypeBuilder<UnitRate> table)
    {
        table.ToTable("unit_rate");
        table.Ignore(r => r.Cost);
        table.HasIndex(r => new { r.TenantId, r.Meter, r.From });
    }

    public void Configure(EntityTypeBuilder<Bill> table)
    {
        table.ToTable("bill");
        table.Ignore(b => b.Total);
        table.HasIndex(b => new { b.TenantId, b.Period, b.Name }).IsUnique().HasFilter("replaced_at IS NULL");
    }
}

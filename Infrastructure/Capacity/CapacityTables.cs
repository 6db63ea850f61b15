using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Capacity;

/// <summary>What a pool can hold, or give in 30 days, from an instant on. A correction is a newer row; the older one stays.</summary>
public sealed class PoolCapacity
{
    public long Id { get; set; }
    public int TenantId { get; set; }

    /// <summary>One of <see cref="Pool.All"/>.</summary>
    public required string Pool { get; set; }

    /// <summary>In the unit of the pool's meter.</summary>
    public decimal Capacity { get; set; }

    /// <summary>Days from an order to the capacity being there.</summary>
    public int LeadDays { get; set; }
    public Instant From { get; set; }
    public required string Reason { get; set; }
    public Instant CreatedAt { get; set; }
    public required string CreatedBy { get; set; }
}

/// <summary>What Prometheus is told of a pool: the fewest days over all tenants.</summary>
public sealed class PoolReading
{
    public required string Pool { get; set; }
    public double DaysToFull { get; set; }
}

internal sealed class CapacityTables : IEntityTypeConfiguration<PoolCapacity>, IEntityTypeConfiguration<PoolReading>
{
    public void Configure(EntityTypeBuilder<PoolCapacity> table)
    {
        table.ToTable("pool_capacity");
        table.HasIndex(c => new { c.TenantId, c.Pool, c.From });
    }

    public void Configure(EntityTypeBuilder<PoolReading> table)
    {
        table.ToTable("pool_reading");
        table.HasKey(r => r.Pool);
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>
/// One definition of a meter as it is stored. A change of what is counted is a new row, counted beside the old one until it is whole;
/// its number is the number of its rollups.
/// </summary>
public sealed class MeterDefinition
{
    public int Id { get; set; }
    public int TenantId { get; set; }
    public required string Slug { get; set; }

    /// <summary>The meter in the wire's shape.</summary>
    public required string Definition { get; set; }

    /// <summary>Whether every tenant starts with it.</summary>
    public bool BuiltIn { get; set; }
    public Instant CreatedAt { get; set; }
    public Instant? ArchivedAt { get; set; }

    /// <summary>The row of the meter's first definition, whose number the wire shows; null for the first one.</summary>
    public int? FirstId { get; set; }

    /// <summary>Since when the rollups of this definition hold every stored event; null while they are being made.</summary>
    public Instant? CountedAt { get; set; }

    /// <summary>While they are being made: the last event in them, by time and key; null before the first.</summary>
    public Instant? PositionTime { get; set; }
    public Guid? PositionKey { get; set; }

    /// <summary>Events counted so far, and how many there were to count at the start.</summary>
    public long CountedEvents { get; set; }
    public long TotalEvents { get; set; }

    /// <summary>Up to which day (UTC) its rollups stand by day and month too; null where they stand by hour alone.</summary>
    public Instant? TieredUntil { get; set; }
}

internal sealed class MeterDefinitionTable : IEntityTypeConfiguration<MeterDefinition>
{
    public void Configure(EntityTypeBuilder<MeterDefinition> table)
    {
        table.ToTable("meter");
        table.Property(m => m.Definition).HasColumnType("jsonb");
        table.HasIndex(m => new { m.TenantId, m.Slug }, "ix_meter_counted").IsUnique().HasFilter("archived_at IS NULL AND counted_at IS NOT NULL");
        table.HasIndex(m => new { m.TenantId, m.Slug }, "ix_meter_counting").IsUnique().HasFilter("archived_at IS NULL AND counted_at IS NULL");
    }
}

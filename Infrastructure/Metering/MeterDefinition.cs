using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>A meter as it is stored.</summary>
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
}

internal sealed class MeterDefinitionTable : IEntityTypeConfiguration<MeterDefinition>
{
    public void Configure(EntityTypeBuilder<MeterDefinition> table)
    {
        table.ToTable("meter");
        table.Property(m => m.Definition).HasColumnType("jsonb");
        table.HasIndex(m => new { m.TenantId, m.Slug }).IsUnique().HasFilter("archived_at IS NULL");
    }
}

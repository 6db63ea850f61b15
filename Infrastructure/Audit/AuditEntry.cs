using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Audit;

/// <summary>One change that somebody made: who, when, what before and after, and why. Rows are only ever added.</summary>
public sealed class AuditEntry
{
    public long Id { get; set; }
    public int TenantId { get; set; }
    public Instant At { get; set; }

    /// <summary>Who: <c>key:name</c> for a service, an email for a person.</summary>
    public required string Actor { get; set; }

    /// <summary>What was done, such as <c>plan.published</c>.</summary>
    public required string Action { get; set; }

    /// <summary>To what, such as <c>plan:club</c>.</summary>
    public required string Target { get; set; }
    public string? Before { get; set; }
    public string? After { get; set; }
    public string? Reason { get; set; }
}

internal sealed class AuditTable : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> table)
    {
        table.ToTable("audit_entry");
        table.Property(a => a.Before).HasColumnType("jsonb");
        table.Property(a => a.After).HasColumnType("jsonb");
        table.HasIndex(a => new { a.TenantId, a.Id });
    }
}

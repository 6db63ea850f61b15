using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>One version of a plan: a draft, or published and never changed again.</summary>
public sealed class PlanVersion
{
    public int TenantId { get; set; }
    public required string Key { get; set; }
    public int Version { get; set; }

    /// <summary><c>draft</c> or <c>published</c>.</summary>
    public required string Status { get; set; }

    /// <summary>The plan in the wire's shape.</summary>
    public required string Document { get; set; }

    /// <summary>Offered from this instant on; null for a draft.</summary>
    public Instant? EffectiveFrom { get; set; }
    public Instant CreatedAt { get; set; }
}

/// <summary>An account takes a version of a plan from an instant on.</summary>
public sealed class PlanAssignment
{
    public long Id { get; set; }
    public int TenantId { get; set; }

    /// <summary><c>user:key</c> or <c>group:slug</c>.</summary>
    public required string Account { get; set; }
    public required string PlanKey { get; set; }
    public int PlanVersion { get; set; }
    public Instant From { get; set; }
    public Instant CreatedAt { get; set; }
    public required string CreatedBy { get; set; }
}

/// <summary>A month whose statements are frozen.</summary>
public sealed class ClosedPeriod
{
    public int TenantId { get; set; }

    /// <summary>The month, <c>2026-11</c>.</summary>
    public required string Period { get; set; }
    public Instant ClosedAt { get; set; }
    public required string ClosedBy { get; set; }

    /// <summary>Since when all its statements are frozen; null while that is being done: until then the month counts as open.</summary>
    public Instant? FrozenAt { get; set; }

    /// <summary>The first instant after the month.</summary>
    public Instant EndsAt { get; set; }

    /// <summary>
    /// Since when something that its statements stand on may be different: a late event, a void, another owner. Null while all is as it
    /// was; then nothing is rated again.
    /// </summary>
    public Instant? ChangedAt { get; set; }
}

/// <summary>An account's statement as it was when its month was closed.</summary>
public sealed class FrozenStatement
{
    public int TenantId { get; set; }
    public required string Period { get; set; }
    public required string Account { get; set; }
    public required string Document { get; set; }
}

internal sealed class PlanTables :
    IEntityTypeConfiguration<PlanVersion>, IEntityTypeConfiguration<PlanAssignment>,
    IEntityTypeConfiguration<ClosedPeriod>, IEntityTypeConfiguration<FrozenStatement>
{
    public void Configure(EntityTypeBuilder<PlanVersion> table)
    {
        table.ToTable("plan_version");
        table.HasKey(p => new { p.TenantId, p.Key, p.Version });
        table.Property(p => p.Document).HasColumnType("jsonb");
    }

    public void Configure(EntityTypeBuilder<PlanAssignment> table)
    {
        table.ToTable("plan_assignment");
        table.HasIndex(a => new { a.TenantId, a.Account, a.From });
    }

    public void Configure(EntityTypeBuilder<ClosedPeriod> table)
    {
        table.ToTable("closed_period");
        table.HasKey(p => new { p.TenantId, p.Period });
    }

    public void Configure(EntityTypeBuilder<FrozenStatement> table)
    {
        table.ToTable("frozen_statement");
        table.HasKey(s => new { s.TenantId, s.Period, s.Account });
        table.Property(s => s.Document).HasColumnType("jsonb");
    }
}

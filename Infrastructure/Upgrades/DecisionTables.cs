using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Upgrades;

/// <summary>A decision as it was made, with every input. It never changes.</summary>
public sealed class StoredDecision
{
    public Guid Id { get; set; }
    public int TenantId { get; set; }
    public required string Account { get; set; }

    /// <summary><c>stay</c>, <c>upgrade</c> or <c>cheaperPlan</c>.</summary>
    public required string Verdict { get; set; }
    public required string Record { get; set; }
    public Instant DecidedAt { get; set; }
}

/// <summary>What a person answered to a decision.</summary>
public sealed class DecisionResponse
{
    public long Id { get; set; }
    public int TenantId { get; set; }
    public Guid DecisionId { get; set; }

    /// <summary><c>snooze</c>, <c>dispute</c>, <c>dismiss</c> or <c>accepted</c>.</summary>
    public required string Response { get; set; }
    public Instant? Until { get; set; }
    public string? Text { get; set; }
    public Instant GivenAt { get; set; }
    public required string GivenBy { get; set; }
}

internal sealed class DecisionTables : IEntityTypeConfiguration<StoredDecision>, IEntityTypeConfiguration<DecisionResponse>
{
    public void Configure(EntityTypeBuilder<StoredDecision> table)
    {
        table.ToTable("upgrade_decision");
        table.Property(d => d.Id).ValueGeneratedNever();
        table.Property(d => d.Record).HasColumnType("jsonb");
        table.HasIndex(d => new { d.TenantId, d.Account, d.DecidedAt });
    }

    public void Configure(EntityTypeBuilder<DecisionResponse> table)
    {
        table.ToTable("decision_response");
        table.HasIndex(r => new { r.TenantId, r.DecisionId });
    }
}

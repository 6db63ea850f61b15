using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Upgrades;

/// <summary>A decision as it was made, with every input. The record never changes; what is known of the ask later stands beside it.</summary>
public sealed class StoredDecision
{
    public Guid Id { get; set; }
    public int TenantId { get; set; }
    public required string Account { get; set; }

    /// <summary><c>stay</c>, <c>upgrade</c> or <c>cheaperPlan</c>.</summary>
    public required string Verdict { get; set; }
    public required string Record { get; set; }
    public Instant DecidedAt { get; set; }
    public int RuleVersion { get; set; }

    /// <summary>
    /// The decision with which this ask began: the same question night after night is one ask. Null where nothing is asked.
    /// </summary>
    public Guid? AskId { get; set; }

    /// <summary>The plan that it names; null to stay.</summary>
    public string? Plan { get; set; }

    /// <summary>Of an ask's first decision, whether it came true: <c>right</c>, <c>wrong</c>, <c>acted</c>; null while that is open.</summary>
    public string? Proof { get; set; }

    /// <summary>Of an ask's first decision: the day on which what came of it was last looked at.</summary>
    public LocalDate? FollowedOn { get; set; }
}

/// <summary>What a person answered to a decision.</summary>
public sealed class DecisionResponse
{
    public long Id { get; set; }
    public int TenantId { get; set; }
    public Guid DecisionId { get; set; }

    /// <summary><c>snooze</c>, <c>dispute</c>, <c>dismiss</c>, <c>accepted</c>, or <c>withdrawn</c>: taken back.</summary>
    public required string Response { get; set; }
    public Instant? Until { get; set; }

    /// <summary>Of a snooze without a date, what ends it: <c>90%</c>, <c>limit</c>, or <c>never</c>.</summary>
    public string? Ends { get; set; }

    /// <summary>Of a dispute, what is wrong: <c>data</c>, <c>forecast</c>, <c>notRelevant</c>, <c>price</c>.</summary>
    public string? Reason { get; set; }
    public string? Text { get; set; }
    public Instant GivenAt { get; set; }
    public required string GivenBy { get; set; }
}

/// <summary>A dispute, until a person has answered it. While it is open nothing is asked of the account.</summary>
public sealed class Dispute
{
    public long Id { get; set; }
    public int TenantId { get; set; }

    /// <summary>The decision that is disputed: its record is the snapshot.</summary>
    public Guid DecisionId { get; set; }
    public required string Account { get; set; }
    public string? Reason { get; set; }
    public required string Text { get; set; }
    public Instant OpenedAt { get; set; }
    public required string OpenedBy { get; set; }

    /// <summary>The last day on which it is to be answered.</summary>
    public LocalDate AnswerBy { get; set; }

    /// <summary><c>open</c>, <c>upheld</c>, <c>notUpheld</c> or <c>withdrawn</c>.</summary>
    public string State { get; set; } = Open;
    public string? Answer { get; set; }
    public Instant? ClosedAt { get; set; }
    public string? ClosedBy { get; set; }

    /// <summary>The state until it is answered.</summary>
    public const string Open = "open";
}

/// <summary>A stage that an ask has reached: once each.</summary>
public sealed class DecisionStage
{
    public int TenantId { get; set; }

    /// <summary>The decision with which the ask began.</summary>
    public Guid DecisionId { get; set; }
    public required string Stage { get; set; }
    public Instant At { get; set; }
}

internal sealed class DecisionTables :
    IEntityTypeConfiguration<StoredDecision>, IEntityTypeConfiguration<DecisionResponse>, IEntityTypeConfiguration<Dispute>, IEntityTypeConfiguration<DecisionStage>
{
    public void Configure(EntityTypeBuilder<StoredDecision> table)
    {
        table.ToTable("upgrade_decision");
        table.Property(d => d.Id).ValueGeneratedNever();
        table.Property(d => d.Record).HasColumnType("jsonb");
        table.Property(d => d.RuleVersion).HasDefaultValue(1);
        table.HasIndex(d => new { d.TenantId, d.Account, d.DecidedAt });
        table.HasIndex(d => new { d.TenantId, d.DecidedAt });
        table.HasIndex(d => d.AskId);
    }

    public void Configure(EntityTypeBuilder<DecisionResponse> table)
    {
        table.ToTable("decision_response");
        table.HasIndex(r => new { r.TenantId, r.DecisionId });
    }

    public void Configure(EntityTypeBuilder<Dispute> table)
    {
        table.ToTable("decision_dispute");
        table.HasIndex(d => new { d.TenantId, d.State, d.AnswerBy });
        table.HasIndex(d => new { d.TenantId, d.Account });
    }

    public void Configure(EntityTypeBuilder<DecisionStage> table)
    {
        table.ToTable("decision_stage");
        table.HasKey(s => new { s.DecisionId, s.Stage });
        table.HasIndex(s => new { s.TenantId, s.At });
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Upgrades;

/// <summary>One version of a tenant's rule. Its thresholds change only while it is a draft.</summary>
public sealed class RuleVersion
{
    public int TenantId { get; set; }
    public int Version { get; set; }

    /// <summary><c>draft</c>, <c>shadow</c>, <c>live</c> or <c>off</c>; at most one each of the first three.</summary>
    public required string State { get; set; }
    public required string Terms { get; set; }
    public string? Note { get; set; }

    /// <summary>When it last asked anybody: the newest such version is the one that is switched off.</summary>
    public Instant? LiveAt { get; set; }
    public Instant ChangedAt { get; set; }
    public required string ChangedBy { get; set; }
}

/// <summary>A version of the rule, run as of the start of a past month.</summary>
public sealed class RuleReplay
{
    public int TenantId { get; set; }
    public int Version { get; set; }

    /// <summary>The month, <c>2026-10</c>; the rule ran as of its first instant.</summary>
    public required string Month { get; set; }

    /// <summary>The last account that was done; it goes on behind it.</summary>
    public string Cursor { get; set; } = "";
    public int Accounts { get; set; }

    /// <summary>Accounts of which that time cannot be told any more: a limit was set or ended by hand since.</summary>
    public int Skipped { get; set; }
    public Instant? FinishedAt { get; set; }
}

/// <summary>What a replayed version would have asked.</summary>
public sealed class RuleReplayAsk
{
    public int TenantId { get; set; }
    public int Version { get; set; }
    public required string Month { get; set; }
    public required string Account { get; set; }
    public required string Verdict { get; set; }
    public string? Plan { get; set; }

    /// <summary><c>open</c>, <c>right</c>, <c>wrong</c> or <c>acted</c>.</summary>
    public required string Proof { get; set; }
}

/// <summary>What the version in the shadow would have decided beside a decision.</summary>
public sealed class ShadowVerdict
{
    public int TenantId { get; set; }
    public Guid DecisionId { get; set; }
    public int Version { get; set; }
    public required string Verdict { get; set; }
    public string? Plan { get; set; }
}

internal sealed class RuleTables :
    IEntityTypeConfiguration<RuleVersion>, IEntityTypeConfiguration<RuleReplay>, IEntityTypeConfiguration<RuleReplayAsk>, IEntityTypeConfiguration<ShadowVerdict>
{
    public void Configure(EntityTypeBuilder<RuleVersion> table)
    {
        table.ToTable("upgrade_rule");
        table.HasKey(r => new { r.TenantId, r.Version });
        table.Property(r => r.Terms).HasColumnType("jsonb");
        table.HasIndex(r => new { r.TenantId, r.State }).IsUnique().HasFilter("state <> 'off'");
    }

    public void Configure(EntityTypeBuilder<RuleReplay> table)
    {
        table.ToTable("rule_replay");
        table.HasKey(r => new { r.TenantId, r.Version, r.Month });
    }

    public void Configure(EntityTypeBuilder<RuleReplayAsk> table)
    {
        table.ToTable("rule_replay_ask");
        table.HasKey(r => new { r.TenantId, r.Version, r.Month, r.Account });
    }

    public void Configure(EntityTypeBuilder<ShadowVerdict> table)
    {
        table.ToTable("shadow_verdict");
        table.HasKey(s => new { s.DecisionId, s.Version });
        table.HasIndex(s => new { s.TenantId, s.Version });
    }
}

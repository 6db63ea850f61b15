using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Quotas;

/// <summary>A limit that an admin gave one account, with a reason and an end.</summary>
public sealed class QuotaOverride
{
    public long Id { get; set; }
    public int TenantId { get; set; }
    public required string Account { get; set; }
    public required string Meter { get; set; }
    public decimal Limit { get; set; }

    /// <summary><c>soft</c> or <c>hard</c>.</summary>
    public required string LimitKind { get; set; }
    public required string Reason { get; set; }

    /// <summary>When it ends; null where it is permanent.</summary>
    public Instant? ExpiresAt { get; set; }
    public Instant CreatedAt { get; set; }
    public required string CreatedBy { get; set; }

    /// <summary>When a person ended it, or a newer one took its place.</summary>
    public Instant? EndedAt { get; set; }

    /// <summary>Whether it holds at an instant.</summary>
    public bool HoldsAt(Instant instant) => EndedAt is null && (ExpiresAt is null || ExpiresAt > instant);

    /// <summary>Whether it holds and its end is near.</summary>
    public bool EndsSoon(Instant now) => HoldsAt(now) && ExpiresAt <= now + OverrideStore.EndsSoon;

    /// <summary>Whether its setting or its ending can still be taken back, unless a newer one has taken its place.</summary>
    public bool CanUndo(Instant now) => now - (EndedAt ?? CreatedAt) <= OverrideStore.UndoWindow && !(ExpiresAt <= now);
}

/// <summary>An amount set aside for something that is about to happen.</summary>
public sealed class Reservation
{
    public Guid Id { get; set; }
    public int TenantId { get; set; }

    /// <summary>The account whose quota it takes from.</summary>
    public required string Account { get; set; }
    public required string Meter { get; set; }
    public decimal Amount { get; set; }
    public string? UserKey { get; set; }
    public string? GroupKey { get; set; }
    public Instant CreatedAt { get; set; }
    public Instant ExpiresAt { get; set; }
}

/// <summary>How many accounts of all tenants stand in a state of a meter's quota.</summary>
public sealed class QuotaCount
{
    public required string Meter { get; set; }

    /// <summary><c>ok</c>, <c>watch</c>, <c>act</c>, <c>over</c> or <c>blocked</c>.</summary>
    public required string State { get; set; }
    public int Accounts { get; set; }
}

internal sealed class QuotaTables : IEntityTypeConfiguration<QuotaOverride>, IEntityTypeConfiguration<Reservation>, IEntityTypeConfiguration<QuotaCount>
{
    public void Configure(EntityTypeBuilder<QuotaCount> table)
    {
        table.ToTable("quota_count");
        table.HasKey(c => new { c.Meter, c.State });
    }

    public void Configure(EntityTypeBuilder<QuotaOverride> table)
    {
        table.ToTable("quota_override");
        table.HasIndex(o => new { o.TenantId, o.Account, o.Meter });
    }

    public void Configure(EntityTypeBuilder<Reservation> table)
    {
        table.ToTable("reservation");
        table.Property(r => r.Id).ValueGeneratedNever();
        table.HasIndex(r => new { r.TenantId, r.Account, r.Meter });
    }
}

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
    public Instant? EndedAt { get; set; }
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

internal sealed class QuotaTables : IEntityTypeConfiguration<QuotaOverride>, IEntityTypeConfiguration<Reservation>
{
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

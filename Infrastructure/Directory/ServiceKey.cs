using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Directory;

/// <summary>A service's key: only its SHA-256 hash is stored; the key itself is shown once.</summary>
public sealed class ServiceKey
{
    public int Id { get; set; }
    public required string Name { get; set; }
    public required byte[] Hash { get; set; }

    /// <summary>The first characters, to tell keys apart.</summary>
    public required string Prefix { get; set; }

    /// <summary>What it may do: ingest, read, quota, directory, admin.</summary>
    public required string[] Scopes { get; set; }

    /// <summary>The only tenant that it may name; null for any.</summary>
    public int? TenantId { get; set; }
    public Instant CreatedAt { get; set; }
    public Instant? ExpiresAt { get; set; }
    public Instant? LastUsedAt { get; set; }
    public Instant? RevokedAt { get; set; }
}

internal sealed class ServiceKeyTable : IEntityTypeConfiguration<ServiceKey>
{
    public void Configure(EntityTypeBuilder<ServiceKey> table)
    {
        table.ToTable("service_key");
        table.HasIndex(k => k.Hash).IsUnique();
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Webhooks;

/// <summary>An address of the tenant that is told what happens.</summary>
public sealed class WebhookEndpoint
{
    public long Id { get; set; }
    public int TenantId { get; set; }
    public required string Url { get; set; }

    /// <summary>The types that it wants.</summary>
    public required string[] Events { get; set; }
    public string? Description { get; set; }

    /// <summary>The secret, encrypted with the portal's data protection keys.</summary>
    public required string Secret { get; set; }
    public Instant CreatedAt { get; set; }
    public required string CreatedBy { get; set; }
    public Instant? DisabledAt { get; set; }
    public string? DisabledReason { get; set; }
    public Instant? RemovedAt { get; set; }
}

internal sealed class WebhookEndpointTable : IEntityTypeConfiguration<WebhookEndpoint>
{
    public void Configure(EntityTypeBuilder<WebhookEndpoint> table)
    {
        table.ToTable("webhook_endpoint");
        table.HasIndex(w => w.TenantId);
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Views;

/// <summary>An address of the portal under a name of one's own. Whoever opens it sees what they may see there.</summary>
public sealed class SavedView
{
    public Guid Id { get; set; }
    public int TenantId { get; set; }

    /// <summary>Who saved it: <c>user:ann</c>, or <c>email:…</c> for who is no user of the platform.</summary>
    public required string Owner { get; set; }
    public required string Name { get; set; }

    /// <summary>Path and query, beginning with a slash.</summary>
    public required string Address { get; set; }

    /// <summary>The group whose page it is; null for any other page.</summary>
    public string? Group { get; set; }

    /// <summary>Whether others who run the same group, or other administrators, are offered it too.</summary>
    public bool IsShared { get; set; }

    /// <summary>Whether its owner starts there after signing in.</summary>
    public bool IsStart { get; set; }
    public Instant SavedAt { get; set; }
}

internal sealed class SavedViewTable : IEntityTypeConfiguration<SavedView>
{
    public void Configure(EntityTypeBuilder<SavedView> table)
    {
        table.ToTable("saved_view");
        table.Property(v => v.Id).ValueGeneratedNever();
        table.HasIndex(v => new { v.TenantId, v.Owner, v.Name }).IsUnique();
        table.HasIndex(v => new { v.TenantId, v.Group }).HasFilter("is_shared");
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Feedback;

/// <summary>What a person said about a page: useful or not, and why. The last word about a page counts.</summary>
public sealed class PageFeedback
{
    public int TenantId { get; set; }

    /// <summary>The page without names in it: <c>/groups/*/usage</c>.</summary>
    public required string Page { get; set; }

    /// <summary>Who said it.</summary>
    public required string Person { get; set; }
    public bool IsUseful { get; set; }
    public string? Text { get; set; }
    public Instant SaidAt { get; set; }
}

internal sealed class PageFeedbackTable : IEntityTypeConfiguration<PageFeedback>
{
    public void Configure(EntityTypeBuilder<PageFeedback> table)
    {
        table.ToTable("page_feedback");
        table.HasKey(f => new { f.TenantId, f.Page, f.Person });
    }
}

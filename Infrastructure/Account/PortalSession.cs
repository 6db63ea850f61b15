using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Account;

/// <summary>One person signed in with one browser, until it is ended or not seen for long.</summary>
public sealed class PortalSession
{
    public Guid Id { get; set; }

    /// <summary>Whose it is: the id of the <see cref="InsightsUser"/>.</summary>
    public required string UserId { get; set; }

    /// <summary>How the person signed in: <c>password</c>, <c>code</c>, <c>recovery</c>, <c>passkey</c>, or the key of a provider.</summary>
    public required string Way { get; set; }

    /// <summary>The address that it began from, where one is known.</summary>
    public string? Address { get; set; }

    /// <summary>What the browser called itself, cut to 200 characters.</summary>
    public string? Agent { get; set; }
    public Instant BeganAt { get; set; }

    /// <summary>When it was last used, to <see cref="PortalSessions.SeenEvery"/>.</summary>
    public Instant SeenAt { get; set; }

    /// <summary>Null while it holds.</summary>
    public Instant? EndedAt { get; set; }
}

internal sealed class PortalSessionTable : IEntityTypeConfiguration<PortalSession>
{
    public void Configure(EntityTypeBuilder<PortalSession> table)
    {
        table.ToTable("portal_session");
        table.Property(s => s.Id).ValueGeneratedNever();
        table.HasIndex(s => new { s.UserId, s.SeenAt });
        table.HasOne<InsightsUser>().WithMany().HasForeignKey(s => s.UserId).OnDelete(DeleteBehavior.Cascade);
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Fleet;

/// <summary>Where a bulk action stands.</summary>
public enum BulkStatus
{
    /// <summary>A dry run: nothing is changed.</summary>
    Draft,

    /// <summary>A second administrator must approve it.</summary>
    Waiting,

    /// <summary>It goes on, account by account.</summary>
    Running,

    /// <summary>Somebody stopped it between two accounts.</summary>
    Stopped,

    /// <summary>Every account had its turn.</summary>
    Done,

    /// <summary>What it did is being taken back.</summary>
    Reverting,

    /// <summary>What it did was taken back.</summary>
    Reverted,

    /// <summary>It was thrown away before it began.</summary>
    Discarded,
}

/// <summary>What became of one account of a bulk action.</summary>
public enum BulkResult
{
    /// <summary>Still to do.</summary>
    Open,

    /// <summary>It was so already at the dry run: nothing to do.</summary>
    Same,

    /// <summary>Changed.</summary>
    Done,

    /// <summary>Left as it is: somebody changed it after the dry run.</summary>
    Skipped,

    /// <summary>It could not be changed.</summary>
    Failed,

    /// <summary>Changed and taken back.</summary>
    Reverted,

    /// <summary>Changed, and not taken back: something newer stands on it.</summary>
    Kept,
}

/// <summary>One change to many accounts: a limit of their own, or another plan.</summary>
public sealed class BulkAction
{
    public long Id { get; set; }
    public int TenantId { get; set; }
    public BulkStatus Status { get; set; }

    /// <summary>Which accounts were selected: a <see cref="FleetFilter"/> as JSON.</summary>
    public required string Filter { get; set; }
    public required string Reason { get; set; }

    /// <summary>The meter whose limit is set; null where a plan is.</summary>
    public string? Meter { get; set; }
    public decimal? Limit { get; set; }

    /// <summary><c>soft</c> or <c>hard</c>.</summary>
    public string? LimitKind { get; set; }

    /// <summary>When the limits end; null where they are permanent.</summary>
    public Instant? ExpiresAt { get; set; }

    /// <summary>The plan that is taken; null where a limit is set.</summary>
    public string? Plan { get; set; }
    public int? PlanVersion { get; set; }

    /// <summary>From when on the plan holds.</summary>
    public Instant? From { get; set; }

    public required string CreatedBy { get; set; }
    public Instant CreatedAt { get; set; }

    /// <summary>The second administrator, where one was needed.</summary>
    public string? ApprovedBy { get; set; }
    public Instant? StartedAt { get; set; }
    public Instant? FinishedAt { get; set; }
}

/// <summary>One account of a bulk action: what the dry run saw, and what became of it.</summary>
public sealed class BulkItem
{
    public long ActionId { get; set; }

    /// <summary>From 1, in the order of the work.</summary>
    public int Position { get; set; }
    public required string Account { get; set; }
    public required string Name { get; set; }

    /// <summary>What held, in words.</summary>
    public required string Before { get; set; }

    /// <summary>What will hold, in words.</summary>
    public required string After { get; set; }

    /// <summary>Whether it would be over a limit by the use at the dry run; null where nobody knows.</summary>
    public bool? Over { get; set; }

    /// <summary>What follows, in words.</summary>
    public required string Effect { get; set; }

    /// <summary>The override or assignment that held at the dry run; null for none. Another one since means that somebody changed it.</summary>
    public long? BeforeId { get; set; }

    /// <summary>The override or assignment that was made.</summary>
    public long? ChangeId { get; set; }
    public BulkResult Result { get; set; }

    /// <summary>Why it was left or failed.</summary>
    public string? Detail { get; set; }
    public Instant? At { get; set; }
}

internal sealed class BulkTables : IEntityTypeConfiguration<BulkAction>, IEntityTypeConfiguration<BulkItem>
{
    public void Configure(EntityTypeBuilder<BulkAction> table)
    {
        table.ToTable("bulk_action");
        table.Property(a => a.Status).HasConversion<string>();
        table.Property(a => a.Filter).HasColumnType("jsonb");
        table.HasIndex(a => new { a.TenantId, a.Id });
        table.HasIndex(a => a.Status).HasFilter("status IN ('Running', 'Reverting')");
    }

    public void Configure(EntityTypeBuilder<BulkItem> table)
    {
        table.ToTable("bulk_item");
        table.HasKey(i => new { i.ActionId, i.Position });
        table.Property(i => i.Result).HasConversion<string>();
        table.HasIndex(i => new { i.ActionId, i.Account }).IsUnique();
        table.HasIndex(i => new { i.ActionId, i.Result, i.Position });
    }
}

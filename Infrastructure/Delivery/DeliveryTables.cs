using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Delivery;

/// <summary>
/// Something that happened and that webhooks are told of. It is written in the transaction of what happened, and becomes a message for
/// each endpoint that wants it.
/// </summary>
public sealed class OutgoingEvent
{
    public Guid Id { get; set; }
    public int TenantId { get; set; }

    /// <summary>One of <see cref="EventTypes"/>.</summary>
    public required string Type { get; set; }

    /// <summary>The JSON of the event's <c>data</c>.</summary>
    public required string Data { get; set; }
    public Instant At { get; set; }

    /// <summary>Not told before, such as in quiet hours.</summary>
    public Instant NotBefore { get; set; }

    /// <summary>The alert that it tells of; null for other types.</summary>
    public Guid? FiringId { get; set; }

    /// <summary>When messages were made of it; null before.</summary>
    public Instant? SpreadAt { get; set; }
}

/// <summary>A mail or a webhook on its way to one target.</summary>
public sealed class OutgoingMessage
{
    /// <summary>The same over all attempts: the receiver tells repeats by it.</summary>
    public Guid Id { get; set; }
    public int TenantId { get; set; }

    /// <summary><c>mail</c> or <c>webhook</c>.</summary>
    public required string Channel { get; set; }

    /// <summary>A mail address, or an address of the web.</summary>
    public required string Target { get; set; }
    public string? Subject { get; set; }
    public required string Body { get; set; }

    /// <summary>The type of event; null for mail.</summary>
    public string? Type { get; set; }
    public Guid? EventId { get; set; }

    /// <summary>The tenant's endpoint; null for mail and for an account's own address.</summary>
    public long? EndpointId { get; set; }

    /// <summary>The rule whose own address it goes to.</summary>
    public long? RuleId { get; set; }
    public Guid? FiringId { get; set; }
    public Instant CreatedAt { get; set; }

    /// <summary>When it is tried next; null where it is delivered or given up.</summary>
    public Instant? NextAt { get; set; }
    public int Attempts { get; set; }

    /// <summary><c>waiting</c>, <c>retrying</c>, <c>delivered</c> or <c>failed</c>.</summary>
    public required string State { get; set; }

    /// <summary>What the last attempt came to, in a phrase.</summary>
    public string? Outcome { get; set; }
    public Instant? LastAt { get; set; }
}

/// <summary>One attempt at delivering a message.</summary>
public sealed class DeliveryAttempt
{
    public long Id { get; set; }
    public int TenantId { get; set; }
    public Guid MessageId { get; set; }
    public Instant At { get; set; }

    /// <summary>The status that the receiver answered; null where it did not answer.</summary>
    public int? Status { get; set; }
    public required string Outcome { get; set; }

    /// <summary>The first characters of the answer.</summary>
    public string? Excerpt { get; set; }
    public int Milliseconds { get; set; }
}

/// <summary>The types of events that webhooks are told of.</summary>
public static class EventTypes
{
    public const string AlertFired = "alert.fired";
    public const string PlanChanged = "plan.changed";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [AlertFired, PlanChanged];
}

internal sealed class DeliveryTables : IEntityTypeConfiguration<OutgoingEvent>, IEntityTypeConfiguration<OutgoingMessage>, IEntityTypeConfiguration<DeliveryAttempt>
{
    public void Configure(EntityTypeBuilder<OutgoingEvent> table)
    {
        table.ToTable("outgoing_event");
        table.Property(e => e.Id).ValueGeneratedNever();
        table.HasIndex(e => e.NotBefore).HasFilter("spread_at IS NULL");
    }

    public void Configure(EntityTypeBuilder<OutgoingMessage> table)
    {
        table.ToTable("outgoing_message");
        table.Property(m => m.Id).ValueGeneratedNever();
        table.HasIndex(m => m.NextAt).HasFilter("next_at IS NOT NULL");
        table.HasIndex(m => new { m.TenantId, m.FiringId });
        table.HasIndex(m => new { m.TenantId, m.EndpointId, m.CreatedAt });
        // An event is told once to an endpoint, whichever portal spreads it.
        table.HasIndex(m => new { m.TenantId, m.EventId, m.EndpointId }).IsUnique().HasFilter("event_id IS NOT NULL");
    }

    public void Configure(EntityTypeBuilder<DeliveryAttempt> table)
    {
        table.ToTable("delivery_attempt");
        table.HasIndex(a => new { a.TenantId, a.MessageId });
    }
}

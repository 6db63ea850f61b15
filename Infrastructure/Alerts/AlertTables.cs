using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using OpenMeet.Insights.Domain.Alerts;

namespace OpenMeet.Insights.Infrastructure.Alerts;

/// <summary>A rule of an account, with whom it tells and how. The inbox is always told.</summary>
public sealed class StoredAlertRule
{
    public long Id { get; set; }
    public int TenantId { get; set; }

    /// <summary><c>user:key</c> or <c>group:slug</c>.</summary>
    public required string Account { get; set; }
    public AlertSubject Subject { get; set; }
    public string? Meter { get; set; }
    public string? Metric { get; set; }
    public AlertMoney? Money { get; set; }
    public bool Below { get; set; }
    public required decimal[] Thresholds { get; set; }
    public decimal? Amount { get; set; }
    public bool WithForecast { get; set; }

    /// <summary>Who is told: <c>user:key</c>, or <c>email:address</c> of an administrator who is no user; null for whoever decides about the account.</summary>
    public string? Recipient { get; set; }
    public bool Mail { get; set; }

    /// <summary>Whether the tenant's endpoints are told.</summary>
    public bool Webhook { get; set; }

    /// <summary>An address of the account's own.</summary>
    public string? WebhookUrl { get; set; }

    /// <summary>Its secret, encrypted.</summary>
    public string? WebhookSecret { get; set; }

    /// <summary>Grows when the rule comes to watch something else: it then speaks anew.</summary>
    public int Revision { get; set; }
    public Instant CreatedAt { get; set; }
    public required string CreatedBy { get; set; }
    public Instant? EndedAt { get; set; }

    /// <summary>What it watches.</summary>
    public AlertRule Rule => new(Subject, Meter, Metric, Money, Below, Thresholds, Amount, WithForecast);

    /// <summary>Names the rule in what it told.</summary>
    public string Origin => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"rule:{Id}.{Revision}");

    /// <summary>Begins the names of what is told, beside the rule itself, when its budget is used up and that asks or pauses.</summary>
    public string BudgetOrigin => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{BudgetOrigins}{Id}.{Revision}:");

    /// <summary>Begins the names of all that budgets have told that way.</summary>
    public const string BudgetOrigins = "budget:";
}

/// <summary>A threshold that was passed and told. Its key makes it once in a period, whoever looks and however often.</summary>
public sealed class AlertFiring
{
    public Guid Id { get; set; }
    public int TenantId { get; set; }

    /// <summary>The rule, the notice of a limit, or a test.</summary>
    public required string Origin { get; set; }
    public long? RuleId { get; set; }
    public required string Account { get; set; }

    /// <summary>What the rule watched, which says what the threshold counts.</summary>
    public AlertSubject Subject { get; set; }

    /// <summary>The month: <c>2026-11</c>.</summary>
    public required string Period { get; set; }

    /// <summary>The limit or budget at that time as a plain number; empty for none. Another limit is another alert.</summary>
    public required string Against { get; set; }
    public decimal Threshold { get; set; }
    public bool IsForecast { get; set; }
    public decimal? Value { get; set; }
    public required string Unit { get; set; }

    /// <summary>The rule in words, as it was.</summary>
    public required string Described { get; set; }
    public required string Title { get; set; }
    public required string Detail { get; set; }
    public required string Recipient { get; set; }

    /// <summary>Whether it is about money, which of a group only its owner sees.</summary>
    public bool IsMoney { get; set; }
    public bool IsTest { get; set; }
    public Instant At { get; set; }
}

/// <summary>A line in somebody's inbox.</summary>
public sealed class InboxNotice
{
    public long Id { get; set; }
    public int TenantId { get; set; }
    public required string Recipient { get; set; }
    public Guid FiringId { get; set; }
    public required string Account { get; set; }
    public required string Title { get; set; }
    public required string Detail { get; set; }
    public Instant At { get; set; }
    public Instant? ReadAt { get; set; }

    /// <summary>Of a line that tells what a budget asks or stops, the number of its rule: the answer is given there. Read with the line, not stored in it.</summary>
    public long? Budget { get; set; }
}

/// <summary>When somebody wants no mail and no webhook.</summary>
public sealed class StoredQuietHours
{
    public int TenantId { get; set; }
    public required string Recipient { get; set; }
    public LocalTime From { get; set; }
    public LocalTime To { get; set; }

    /// <summary>An IANA zone.</summary>
    public required string Zone { get; set; }
}

internal sealed class AlertTables :
    IEntityTypeConfiguration<StoredAlertRule>, IEntityTypeConfiguration<AlertFiring>, IEntityTypeConfiguration<InboxNotice>, IEntityTypeConfiguration<StoredQuietHours>
{
    public void Configure(EntityTypeBuilder<StoredAlertRule> table)
    {
        table.ToTable("alert_rule");
        table.Property(r => r.Subject).HasConversion<string>();
        table.Property(r => r.Money).HasConversion<string>();
        table.Ignore(r => r.Rule);
        table.Ignore(r => r.Origin);
        table.Ignore(r => r.BudgetOrigin);
        table.HasIndex(r => new { r.TenantId, r.Account });
    }

    public void Configure(EntityTypeBuilder<AlertFiring> table)
    {
        table.ToTable("alert_firing");
        table.Property(f => f.Subject).HasConversion<string>();
        table.Property(f => f.Id).ValueGeneratedNever();
        table.HasIndex(f => new { f.TenantId, f.Origin, f.Period, f.Against, f.Threshold, f.IsForecast }).IsUnique();
        table.HasIndex(f => new { f.TenantId, f.Account, f.At });
    }

    public void Configure(EntityTypeBuilder<InboxNotice> table)
    {
        table.ToTable("inbox_notice");
        table.Ignore(n => n.Budget);
        table.HasIndex(n => new { n.TenantId, n.Recipient, n.At });
    }

    public void Configure(EntityTypeBuilder<StoredQuietHours> table)
    {
        table.ToTable("quiet_hours");
        table.HasKey(q => new { q.TenantId, q.Recipient });
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using OpenMeet.Insights.Domain.Controls;

namespace OpenMeet.Insights.Infrastructure.Controls;

/// <summary>A version of what a group asks of its members, with who set it and why.</summary>
public sealed class StoredGroupPolicy
{
    public long Id { get; set; }
    public int TenantId { get; set; }

    /// <summary>The group's present slug.</summary>
    public required string GroupKey { get; set; }

    /// <summary>The whole policy as JSON.</summary>
    public required string Policy { get; set; }
    public required string Reason { get; set; }
    public required string CreatedBy { get; set; }
    public Instant StartsAt { get; set; }

    /// <summary>When a newer one took its place, or it was taken back; null for the one in force.</summary>
    public Instant? EndedAt { get; set; }

    /// <summary>Whether it was taken back.</summary>
    public bool Undone { get; set; }

    /// <summary>The policy.</summary>
    public GroupPolicy Read() => PolicyJson.Read(Policy);

    /// <summary>Whether it is in force and can still be taken back.</summary>
    public bool CanUndo(Instant now) => EndedAt is null && now - StartsAt <= GroupPolicyStore.UndoWindow;
}

/// <summary>A policy as it is stored, and as an audit line shows it.</summary>
internal static class PolicyJson
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static GroupPolicy Read(string json) => JsonSerializer.Deserialize<GroupPolicy>(json, Web)!;

    public static string Write(GroupPolicy policy)
    {
        // Only what asks or pauses is kept: a group without such a budget is not looked up at a check.
        var budgets = (policy.Budgets ?? new Dictionary<long, BudgetAction>()).Where(b => b.Value != BudgetAction.Notify).ToDictionary(b => b.Key, b => b.Value);
        return JsonSerializer.Serialize(policy with { Budgets = budgets.Count == 0 ? null : budgets }, Web);
    }
}

/// <summary>A file that its group keeps, whatever its retention says.</summary>
public sealed class FilePin
{
    public int TenantId { get; set; }

    /// <summary>The group's present slug.</summary>
    public required string GroupKey { get; set; }
    public required string File { get; set; }
    public required string Reason { get; set; }
    public required string PinnedBy { get; set; }
    public Instant PinnedAt { get; set; }
}

/// <summary>What was last measured of a budget that asks or pauses, and what the owner said when it was used up.</summary>
public sealed class StoredBudgetStanding
{
    public int TenantId { get; set; }

    /// <summary>The alert rule that is the budget.</summary>
    public long RuleId { get; set; }

    /// <summary>The rule's revision: a budget of other money was not measured yet.</summary>
    public int Revision { get; set; }

    /// <summary>The month that was measured: <c>2026-11</c>.</summary>
    public required string Period { get; set; }

    /// <summary>So far in that month; null where it was not known.</summary>
    public decimal? Cost { get; set; }
    public required string Currency { get; set; }
    public Instant MeasuredAt { get; set; }
    public BudgetAnswer? Answer { get; set; }
    public string? AnsweredBy { get; set; }

    /// <summary>The month that the answer is for.</summary>
    public string? AnswerPeriod { get; set; }

    /// <summary>The budget's amount that the answer is for.</summary>
    public decimal? AnswerAmount { get; set; }
}

internal sealed class GroupPolicyTables : IEntityTypeConfiguration<StoredGroupPolicy>, IEntityTypeConfiguration<FilePin>, IEntityTypeConfiguration<StoredBudgetStanding>
{
    public void Configure(EntityTypeBuilder<FilePin> table)
    {
        table.ToTable("file_pin");
        table.HasKey(p => new { p.TenantId, p.GroupKey, p.File });
    }

    public void Configure(EntityTypeBuilder<StoredBudgetStanding> table)
    {
        table.ToTable("budget_standing");
        table.HasKey(s => new { s.TenantId, s.RuleId });
        table.Property(s => s.Answer).HasConversion<string>();
    }

    public void Configure(EntityTypeBuilder<StoredGroupPolicy> table)
    {
        table.ToTable("group_policy");
        table.Property(p => p.Policy).HasColumnType("jsonb");
        table.HasIndex(p => new { p.TenantId, p.GroupKey }).IsUnique().HasFilter("ended_at IS NULL").HasDatabaseName("group_policy_in_force");
        table.HasIndex(p => new { p.TenantId, p.GroupKey, p.Id });
    }
}

using System.Text.Json;
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
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    public static GroupPolicy Read(string json) => JsonSerializer.Deserialize<GroupPolicy>(json, Web)!;

    public static string Write(GroupPolicy policy) => JsonSerializer.Serialize(policy, Web);
}

internal sealed class GroupPolicyTables : IEntityTypeConfiguration<StoredGroupPolicy>
{
    public void Configure(EntityTypeBuilder<StoredGroupPolicy> table)
    {
        table.ToTable("group_policy");
        table.Property(p => p.Policy).HasColumnType("jsonb");
        table.HasIndex(p => new { p.TenantId, p.GroupKey }).IsUnique().HasFilter("ended_at IS NULL").HasDatabaseName("group_policy_in_force");
        table.HasIndex(p => new { p.TenantId, p.GroupKey, p.Id });
    }
}

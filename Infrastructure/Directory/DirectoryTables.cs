using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Directory;

/// <summary>Somebody who signs in to the portal.</summary>
public sealed class InsightsUser : IdentityUser
{
    /// <summary>The tenant whose data this person sees.</summary>
    public int TenantId { get; set; }

    /// <summary>The person's key in OpenMeet; null for an administrator who is no user there.</summary>
    public string? UserKey { get; set; }

    /// <summary>Whether this person runs the platform.</summary>
    public bool IsAdmin { get; set; }
}

/// <summary>A user of OpenMeet: seen in events, and described when the directory says more.</summary>
public sealed class DirectoryUser
{
    public int TenantId { get; set; }
    public required string Key { get; set; }
    public string? Name { get; set; }
    public string? Email { get; set; }
    public string? Ulid { get; set; }
    public long? NumericId { get; set; }
    public bool Shadow { get; set; }
    public Instant SeenAt { get; set; }
    public Instant? ErasedAt { get; set; }
}

/// <summary>A group of OpenMeet, known under one or more slugs.</summary>
public sealed class DirectoryGroup
{
    public int TenantId { get; set; }

    /// <summary>Its present slug.</summary>
    public required string Key { get; set; }
    public string? Name { get; set; }
    public string? TimeZone { get; set; }
    public Instant SeenAt { get; set; }
}

/// <summary>A former slug of a group: events under it belong to the same account.</summary>
public sealed class GroupSlug
{
    public int TenantId { get; set; }
    public required string OldKey { get; set; }

    /// <summary>The group's present slug.</summary>
    public required string Key { get; set; }
}

/// <summary>Who owns a group from an instant on; null is the beginning of time.</summary>
public sealed class GroupOwner
{
    public long Id { get; set; }
    public int TenantId { get; set; }
    public required string GroupKey { get; set; }
    public string? OwnerKey { get; set; }
    public Instant? From { get; set; }
}

/// <summary>A person's role in a group: what the events say and the directory was told, whichever is newer.</summary>
public sealed class Membership
{
    public int TenantId { get; set; }
    public required string GroupKey { get; set; }
    public required string UserKey { get; set; }

    /// <summary>owner, admin, moderator, member or guest.</summary>
    public required string Role { get; set; }
    public Instant Since { get; set; }
    public Instant? Until { get; set; }
}

/// <summary>A stretch in which a person had one role in a group: who was a member when.</summary>
public sealed class MembershipStay
{
    public int TenantId { get; set; }
    public required string GroupKey { get; set; }
    public required string UserKey { get; set; }
    public required string Role { get; set; }
    public Instant From { get; set; }

    /// <summary>Null while it lasts.</summary>
    public Instant? Until { get; set; }
}

/// <summary>What the directory was told about a person in a group, from an instant on.</summary>
public sealed class MembershipDescription
{
    public int TenantId { get; set; }
    public required string GroupKey { get; set; }
    public required string UserKey { get; set; }
    public Instant At { get; set; }

    /// <summary>Null where it was told that the person is no member.</summary>
    public string? Role { get; set; }
}

internal sealed class DirectoryTables :
    IEntityTypeConfiguration<InsightsUser>, IEntityTypeConfiguration<DirectoryUser>, IEntityTypeConfiguration<DirectoryGroup>,
    IEntityTypeConfiguration<GroupSlug>, IEntityTypeConfiguration<GroupOwner>, IEntityTypeConfiguration<Membership>,
    IEntityTypeConfiguration<MembershipStay>, IEntityTypeConfiguration<MembershipDescription>
{
    public void Configure(EntityTypeBuilder<InsightsUser> table) => table.HasIndex(u => new { u.TenantId, u.UserKey });

    public void Configure(EntityTypeBuilder<DirectoryUser> table)
    {
        table.ToTable("directory_user");
        table.HasKey(u => new { u.TenantId, u.Key });
    }

    public void Configure(EntityTypeBuilder<DirectoryGroup> table)
    {
        table.ToTable("directory_group");
        table.HasKey(g => new { g.TenantId, g.Key });
    }

    public void Configure(EntityTypeBuilder<GroupSlug> table)
    {
        table.ToTable("group_slug");
        table.HasKey(s => new { s.TenantId, s.OldKey });
        table.HasIndex(s => new { s.TenantId, s.Key });
    }

    public void Configure(EntityTypeBuilder<GroupOwner> table)
    {
        table.ToTable("group_owner");
        table.HasIndex(o => new { o.TenantId, o.GroupKey, o.From });
        table.HasIndex(o => new { o.TenantId, o.OwnerKey });
    }

    public void Configure(EntityTypeBuilder<Membership> table)
    {
        table.ToTable("membership");
        table.HasKey(m => new { m.TenantId, m.GroupKey, m.UserKey });
        table.HasIndex(m => new { m.TenantId, m.UserKey });
    }

    public void Configure(EntityTypeBuilder<MembershipStay> table)
    {
        table.ToTable("membership_stay");
        table.HasKey(s => new { s.TenantId, s.GroupKey, s.UserKey, s.From });
        table.HasIndex(s => new { s.TenantId, s.UserKey });
    }

    public void Configure(EntityTypeBuilder<MembershipDescription> table)
    {
        table.ToTable("membership_description");
        table.HasKey(d => new { d.TenantId, d.GroupKey, d.UserKey, d.At });
        table.HasIndex(d => new { d.TenantId, d.UserKey });
    }
}

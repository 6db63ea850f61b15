using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Community;

/// <summary>A person who is not to be named in lists of contributors.</summary>
public sealed class ContributorOptOut
{
    public int TenantId { get; set; }
    public required string UserKey { get; set; }
    public Instant At { get; set; }
}

internal sealed class ContributorOptOutTable : IEntityTypeConfiguration<ContributorOptOut>
{
    public void Configure(EntityTypeBuilder<ContributorOptOut> table)
    {
        table.ToTable("contributor_opt_out");
        table.HasKey(o => new { o.TenantId, o.UserKey });
    }
}

/// <summary>Lists that name people: who is left out of them, and who opened them.</summary>
public sealed class MemberListStore(IDbContextFactory<InsightsDbContext> contexts)
{
    /// <summary>Notes that somebody opened a list of people.</summary>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="actor">Who looks.</param>
    /// <param name="list">Which list, such as <c>members</c>.</param>
    /// <param name="group">Of which group.</param>
    /// <param name="people">How many people it names.</param>
    /// <param name="cancel">Ends the writing.</param>
    public async Task OpenedAsync(int tenantId, Actor actor, string list, string group, int people, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        db.Note(tenantId, actor, "people.listed", "group:" + group, null, new JsonObject { ["list"] = list, ["people"] = people });
        await db.SaveChangesAsync(cancel);
    }

    /// <summary>Leaves a person out of lists of contributors, or names the person again. Saying it twice is the same as once.</summary>
    public async Task OptOutAsync(int tenantId, string user, bool isOut, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var kept = await db.ContributorOptOuts.SingleOrDefaultAsync(o => o.TenantId == tenantId && o.UserKey == user, cancel);
        if (kept is not null == isOut) return;
        if (kept is null) db.ContributorOptOuts.Add(new ContributorOptOut { TenantId = tenantId, UserKey = user, At = actor.At });
        else db.ContributorOptOuts.Remove(kept);
        db.Note(tenantId, actor, isOut ? "contributor.opted-out" : "contributor.opted-in", "user:" + user, null, null);
        await db.SaveChangesAsync(cancel);
    }
}

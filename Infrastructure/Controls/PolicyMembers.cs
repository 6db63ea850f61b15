using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Controls;

/// <summary>The members whom policies name.</summary>
internal static class PolicyMembers
{
    /// <summary>Puts a surrogate in the place of a person who is erased.</summary>
    public static async Task EraseAsync(InsightsDbContext db, int tenantId, string user, string surrogate, CancellationToken cancel)
    {
        await db.Database.ExecuteSqlAsync($"""
            UPDATE group_policy SET policy = jsonb_set(policy #- ARRAY['members', {user}], ARRAY['members', {surrogate}], policy #> ARRAY['members', {user}])
            WHERE tenant_id = {tenantId} AND jsonb_exists(policy->'members', {user})
            """, cancel);
    }
}

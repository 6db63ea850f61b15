using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Upgrades;

/// <summary>A reply that is not over.</summary>
/// <param name="Reply">As the rule takes it.</param>
/// <param name="Given">What was answered.</param>
/// <param name="Dispute">Of a dispute: where it stands.</param>
public sealed record StandingReply(OpenReply Reply, DecisionResponse Given, Dispute? Dispute)
{
    /// <summary>Whether it ends with nine tenths of a limit, or with the limit.</summary>
    public decimal? EndsAtShare => Given.Ends switch { "90%" => 0.9m, "limit" => 1m, _ => null };

    /// <summary>Whether it keeps a question from being asked.</summary>
    public bool Silences(DecisionKind kind) => Given.Response == "dispute" || Reply.To == kind;
}

/// <summary>Replies of an account that may still be open.</summary>
internal static class OpenReplies
{
    /// <summary>For so many days an upheld dispute keeps silencing, and "stay" does.</summary>
    public static readonly Duration Quiet = Duration.FromDays(90);

    /// <summary>
    /// Those given by an instant and not over then. Of several to one decision the last counts; a dispute is open until a person has
    /// answered it, and silent for 90 days more where it was upheld.
    /// </summary>
    public static async Task<List<StandingReply>> ReadAsync(InsightsDbContext db, int tenantId, string account, Instant at, CancellationToken cancel)
    {
        var given = await (
            from d in db.Decisions
            join r in db.DecisionResponses on new { d.TenantId, d.Id } equals new { r.TenantId, Id = r.DecisionId }
            where d.TenantId == tenantId && d.Account == account && r.GivenAt <= at
            select new { d.Verdict, Response = r }).AsNoTracking().ToListAsync(cancel);
        var disputes = (await db.Disputes.AsNoTracking().Where(d => d.TenantId == tenantId && d.Account == account).ToListAsync(cancel))
            .GroupBy(d => d.DecisionId).ToDictionary(g => g.Key, g => g.MaxBy(d => d.Id)!);
        var open = new List<StandingReply>();
        foreach (var last in given.GroupBy(g => g.Response.DecisionId).Select(g => g.MaxBy(r => r.Response.Id)!).OrderByDescending(r => r.Response.Id))
        {
            var (response, dispute) = (last.Response, (Dispute?)null);
            var until = response.Until;
            if (response.Response == "dispute")
            {
                dispute = disputes.GetValueOrDefault(response.DecisionId);
                until = dispute switch
                {
                    null => null,
                    { ClosedAt: { } closed, State: "upheld" } => closed + Quiet,
                    { ClosedAt: { } closed } => closed,
                    _ => null,
                };
            }
            if (response.Response is not ("snooze" or "dispute" or "dismiss") || until <= at) continue;
            open.Add(new StandingReply(new OpenReply(response.Response, Enum.Parse<DecisionKind>(last.Verdict, ignoreCase: true), response.GivenAt, until), response, dispute));
        }
        return open;
    }
}

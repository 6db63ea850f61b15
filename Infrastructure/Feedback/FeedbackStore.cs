using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Feedback;

/// <summary>What people said about one page.</summary>
/// <param name="Page">The page without names in it.</param>
/// <param name="Useful">People who found it useful.</param>
/// <param name="NotUseful">People who did not.</param>
/// <param name="Lines">What they wrote, newest first; nobody is named.</param>
public sealed record PageOpinion(string Page, int Useful, int NotUseful, IReadOnlyList<OpinionLine> Lines);

/// <summary>One line that somebody wrote.</summary>
public sealed record OpinionLine(bool IsUseful, string Text, Instant SaidAt);

/// <summary>Keeps whether pages are useful to those who use them: praise is a measure of success, so it is measured.</summary>
public sealed class FeedbackStore(IDbContextFactory<InsightsDbContext> contexts)
{
    private const int MostLines = 20;

    /// <summary>Keeps a person's word about a page; an earlier one is replaced, its text stays where none is given.</summary>
    public async Task SayAsync(int tenantId, string page, string person, bool isUseful, string? text, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var before = await db.PageFeedback.SingleOrDefaultAsync(f => f.TenantId == tenantId && f.Page == page && f.Person == person, cancel);
        db.Note(tenantId, actor, "feedback.given", "page:" + page, before is null ? null : AuditLog.ToJson(new { before.IsUseful }), AuditLog.ToJson(new { isUseful }));
        if (before is null) db.PageFeedback.Add(before = new PageFeedback { TenantId = tenantId, Page = page, Person = person });
        (before.IsUseful, before.Text, before.SaidAt) = (isUseful, text ?? before.Text, actor.At);
        await db.SaveChangesAsync(cancel);
    }

    /// <summary>What a person said about a page; null for nothing yet.</summary>
    public async Task<bool?> OfAsync(int tenantId, string page, string person, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.PageFeedback.Where(f => f.TenantId == tenantId && f.Page == page && f.Person == person).Select(f => (bool?)f.IsUseful).SingleOrDefaultAsync(cancel);
    }

    /// <summary>All pages that somebody spoke about, the least useful first.</summary>
    public async Task<IReadOnlyList<PageOpinion>> OpinionsAsync(int tenantId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var said = await db.PageFeedback.AsNoTracking().Where(f => f.TenantId == tenantId).OrderByDescending(f => f.SaidAt).ToListAsync(cancel);
        return
        [
            .. said.GroupBy(f => f.Page, StringComparer.Ordinal)
                .Select(g => new PageOpinion(g.Key, g.Count(f => f.IsUseful), g.Count(f => !f.IsUseful), [.. g.Where(f => f.Text is not null).Take(MostLines).Select(f => new OpinionLine(f.IsUseful, f.Text!, f.SaidAt))]))
                .OrderBy(o => (decimal)o.Useful / (o.Useful + o.NotUseful)).ThenBy(o => o.Page, StringComparer.Ordinal),
        ];
    }
}

using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Upgrades;

/// <summary>A decision in a list.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Account">The account.</param>
/// <param name="Verdict">What it says.</param>
/// <param name="Plan">The plan that it names.</param>
/// <param name="DecidedAt">When it was made.</param>
/// <param name="RuleVersion">By which version.</param>
public sealed record DecisionEntry(Guid Id, string Account, DecisionKind Verdict, string? Plan, Instant DecidedAt, int RuleVersion);

/// <summary>An ask of the past or of now: the same question, however many nights it went on.</summary>
/// <param name="First">The decision with which it began.</param>
/// <param name="Record">That decision's record.</param>
/// <param name="Last">When it was last decided so.</param>
/// <param name="Decisions">How many decisions it went on for.</param>
/// <param name="Answers">What was answered, newest first.</param>
/// <param name="Stages">How far it got, and when.</param>
/// <param name="Proof">Whether it came true: <c>right</c>, <c>wrong</c>, <c>acted</c>; null while that is open.</param>
/// <param name="IsOver">Whether a later decision asks nothing, or something else.</param>
public sealed record PastAsk(
    Guid First, DecisionRecord Record, Instant Last, int Decisions, IReadOnlyList<DecisionResponse> Answers, IReadOnlyDictionary<string, Instant> Stages, string? Proof, bool IsOver);

/// <summary>A dispute with what it is about.</summary>
/// <param name="Dispute">The dispute.</param>
/// <param name="Name">The account's name.</param>
/// <param name="Sentence">The first sentence of the disputed decision.</param>
public sealed record DisputeEntry(Dispute Dispute, string Name, string Sentence);

/// <summary>Reads what was asked, what was answered, and what became of it.</summary>
public sealed class AskReports(IDbContextFactory<InsightsDbContext> contexts)
{
    private const int MostAsks = 20;

    /// <summary>Decisions about an account, newest first.</summary>
    public async Task<IReadOnlyList<DecisionEntry>> DecisionsAsync(int tenantId, string account, int most, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var found = await db.Decisions.AsNoTracking().Where(d => d.TenantId == tenantId && d.Account == account).OrderByDescending(d => d.DecidedAt).ThenByDescending(d => d.Id).Take(most)
            .Select(d => new { d.Id, d.Account, d.Verdict, d.Plan, d.DecidedAt, d.RuleVersion }).ToListAsync(cancel);
        return [.. found.Select(d => new DecisionEntry(d.Id, d.Account, Kind(d.Verdict), d.Plan, d.DecidedAt, d.RuleVersion))];
    }

    /// <summary>The newest decision of each account of the last two days; those that ask first.</summary>
    public async Task<IReadOnlyList<DecisionEntry>> NewestAsync(int tenantId, Instant now, int most, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var since = now - Duration.FromDays(2);
        var found = await db.Decisions.AsNoTracking().Where(d => d.TenantId == tenantId && d.DecidedAt > since)
            .Select(d => new { d.Id, d.Account, d.Verdict, d.Plan, d.DecidedAt, d.RuleVersion }).ToListAsync(cancel);
        return
        [
            .. found.GroupBy(d => d.Account, StringComparer.Ordinal).Select(g => g.OrderBy(d => d.DecidedAt).ThenBy(d => d.Id).Last())
                .OrderBy(d => d.Verdict == "stay" ? 1 : 0).ThenBy(d => d.Account, StringComparer.Ordinal).Take(most)
                .Select(d => new DecisionEntry(d.Id, d.Account, Kind(d.Verdict), d.Plan, d.DecidedAt, d.RuleVersion)),
        ];
    }

    /// <summary>Every ask of an account, newest first, at most twenty.</summary>
    public async Task<IReadOnlyList<PastAsk>> AsksAsync(int tenantId, string account, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var decided = await db.Decisions.AsNoTracking().Where(d => d.TenantId == tenantId && d.Account == account).OrderByDescending(d => d.DecidedAt).ThenByDescending(d => d.Id)
            .Select(d => new { d.Id, d.AskId, d.DecidedAt }).ToListAsync(cancel);
        var asks = decided.Where(d => d.AskId is not null).GroupBy(d => d.AskId!.Value).OrderByDescending(g => g.Min(d => d.DecidedAt)).Take(MostAsks).ToList();
        var firsts = asks.Select(a => a.Key).ToList();
        var records = await db.Decisions.AsNoTracking().Where(d => d.TenantId == tenantId && firsts.Contains(d.Id)).ToDictionaryAsync(d => d.Id, cancel);
        var nights = asks.SelectMany(a => a).Select(d => d.Id).ToList();
        var answers = await db.DecisionResponses.AsNoTracking().Where(r => r.TenantId == tenantId && nights.Contains(r.DecisionId)).ToListAsync(cancel);
        var stages = await db.DecisionStages.AsNoTracking().Where(s => s.TenantId == tenantId && firsts.Contains(s.DecisionId)).ToListAsync(cancel);
        return
        [
            .. asks.Where(a => records.ContainsKey(a.Key)).Select(a => new PastAsk(
                a.Key, DecisionJson.Read(records[a.Key].Record), a.Max(d => d.DecidedAt), a.Count(),
                [.. answers.Where(r => a.Any(d => d.Id == r.DecisionId)).OrderByDescending(r => r.Id)],
                stages.Where(s => s.DecisionId == a.Key).ToDictionary(s => s.Stage, s => s.At, StringComparer.Ordinal),
                records[a.Key].Proof, decided[0].AskId != a.Key)),
        ];
    }

    /// <summary>Disputes: those that are open first, the one to answer next at the top; then answered ones, newest first.</summary>
    public async Task<IReadOnlyList<DisputeEntry>> DisputesAsync(int tenantId, string? state, int most, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var found = await (
            from d in db.Disputes
            join x in db.Decisions on new { d.TenantId, Id = d.DecisionId } equals new { x.TenantId, x.Id }
            where d.TenantId == tenantId && (state == null || d.State == state)
            orderby d.State == Dispute.Open ? 0 : 1, d.State == Dispute.Open ? d.AnswerBy : new LocalDate(9999, 1, 1), d.Id descending
            select new { Dispute = d, x.Record }).AsNoTracking().Take(most).ToListAsync(cancel);
        return [.. found.Select(f => (f.Dispute, Record: DecisionJson.Read(f.Record))).Select(f => new DisputeEntry(f.Dispute, f.Record.Subject.Name, f.Record.Sentences.Count > 0 ? f.Record.Sentences[0] : ""))];
    }

    /// <summary>The newest dispute of an account; null where there never was one.</summary>
    public async Task<Dispute?> DisputeAsync(int tenantId, string account, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.Disputes.AsNoTracking().Where(d => d.TenantId == tenantId && d.Account == account).OrderByDescending(d => d.Id).FirstOrDefaultAsync(cancel);
    }

    private static DecisionKind Kind(string verdict) => Enum.Parse<DecisionKind>(verdict, ignoreCase: true);
}

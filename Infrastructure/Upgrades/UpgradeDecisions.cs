using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Upgrades;

/// <summary>A decision with what was answered to it, newest answer first.</summary>
/// <param name="Record">The record.</param>
/// <param name="Responses">What was answered to it.</param>
/// <param name="AskId">The decision with which this ask began; null where nothing is asked.</param>
/// <param name="Standing">Replies of the account that are not over, newest first, to whichever decision.</param>
public sealed record AnsweredDecision(DecisionRecord Record, IReadOnlyList<DecisionResponse> Responses, Guid? AskId, IReadOnlyList<StandingReply> Standing)
{
    /// <summary>Whether it asks something now: its verdict does, and no reply stands against it.</summary>
    public bool Asked => Record.Verdict.Kind != DecisionKind.Stay && !Standing.Any(s => s.Silences(Record.Verdict.Kind) && (s.EndsAtShare is null || s.Given.GivenAt >= Record.ComputedAt));
}

/// <summary>An answer to a decision.</summary>
/// <param name="Response"><c>snooze</c>, <c>dispute</c>, <c>dismiss</c> or <c>accepted</c>.</param>
/// <param name="Until">Of a snooze: its end.</param>
/// <param name="Ends">Of a snooze without an end: <c>90%</c>, <c>limit</c> or <c>never</c>.</param>
/// <param name="Reason">Of a dispute: <c>data</c>, <c>forecast</c>, <c>notRelevant</c>, <c>price</c>.</param>
/// <param name="Text">What was written with it.</param>
public sealed record NewResponse(string Response, Instant? Until = null, string? Ends = null, string? Reason = null, string? Text = null);

/// <summary>
/// Works out whether another plan would serve an account, from its own stored history, and keeps the whole record. Pages and the API
/// show the record and nothing else.
/// </summary>
public sealed class UpgradeDecisions(IDbContextFactory<InsightsDbContext> contexts, DecisionEvidence evidence, UpgradeRules rules, DecisionFunnel funnel, TimeProvider time)
{
    /// <summary>Working days within which a dispute is answered.</summary>
    public const int AnswerDays = 5;

    /// <summary>
    /// The newest decision about an account. It is worked out now where there is none of today, or where the rule, the plan or an answer
    /// changed since. Null for an unknown account.
    /// </summary>
    public async Task<AnsweredDecision?> CurrentAsync(Tenant tenant, string account, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var newest = await NewestAsync(db, tenant.Id, account, cancel);
        var found = newest is null ? null : await AnswersAsync(db, newest, cancel);
        if (found is not null && await HoldsAsync(db, tenant, newest!, found, cancel)) return found;
        return await DecideAsync(tenant, account, cancel) is not null ? await AnswersAsync(db, (await NewestAsync(db, tenant.Id, account, cancel))!, cancel) : found;
    }

    /// <summary>A stored decision by its id; null where there is none.</summary>
    public async Task<AnsweredDecision?> FindAsync(int tenantId, Guid id, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var stored = await db.Decisions.AsNoTracking().SingleOrDefaultAsync(d => d.TenantId == tenantId && d.Id == id, cancel);
        return stored is null ? null : await AnswersAsync(db, stored, cancel);
    }

    /// <summary>Stored decisions, newest first; of one account where it is named.</summary>
    public async Task<IReadOnlyList<AnsweredDecision>> ListAsync(int tenantId, string? account, int limit, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var stored = await db.Decisions.AsNoTracking().Where(d => d.TenantId == tenantId && (account == null || d.Account == account)).OrderByDescending(d => d.DecidedAt).Take(limit).ToListAsync(cancel);
        var answered = new List<AnsweredDecision>();
        foreach (var decision in stored) answered.Add(await AnswersAsync(db, decision, cancel));
        return answered;
    }

    /// <summary>The ask that stands now, from what is stored; null where nothing is asked. Nothing is worked out.</summary>
    public async Task<Guid?> AskedAsync(int tenantId, string account, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var newest = await db.Decisions.AsNoTracking().Where(d => d.TenantId == tenantId && d.Account == account).OrderByDescending(d => d.DecidedAt).ThenByDescending(d => d.Id)
            .Select(d => new { d.AskId, d.Verdict, d.DecidedAt }).FirstOrDefaultAsync(cancel);
        if (newest?.AskId is not { } ask || !(await rules.AppliedAsync(tenantId, cancel)).IsOn) return null;
        var kind = Enum.Parse<DecisionKind>(newest.Verdict, ignoreCase: true);
        return (await OpenReplies.ReadAsync(db, tenantId, account, Now(), cancel))
            .Exists(r => r.Silences(kind) && (r.EndsAtShare is null || r.Given.GivenAt >= newest.DecidedAt)) ? null : ask;
    }

    /// <summary>Notes what a person answered; a dispute is kept for a person to answer. Null where there is no such decision.</summary>
    public async Task<DecisionResponse?> RespondAsync(Tenant tenant, Guid id, NewResponse answer, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.Decisions.AsNoTracking().SingleOrDefaultAsync(d => d.TenantId == tenant.Id && d.Id == id, cancel) is not { } decision) return null;
        var until = answer.Response == "dismiss" && decision.AskId is not null ? actor.At + OpenReplies.Quiet : answer.Until;
        var given = new DecisionResponse
        {
            TenantId = tenant.Id, DecisionId = id, Response = answer.Response, Until = until, Ends = answer.Ends, Reason = answer.Reason, Text = answer.Text, GivenAt = actor.At, GivenBy = actor.Name,
        };
        db.DecisionResponses.Add(given);
        // Another answer to the same decision takes the place of a dispute that nobody has answered.
        await CloseAsync(db, tenant.Id, id, "withdrawn", null, actor, cancel);
        if (answer.Response == "dispute")
        {
            db.Disputes.Add(new Dispute
            {
                TenantId = tenant.Id, DecisionId = id, Account = decision.Account, Reason = answer.Reason, Text = answer.Text ?? "", OpenedAt = actor.At, OpenedBy = actor.Name,
                AnswerBy = WorkingDays.After(actor.At.InZone(tenant.Zone).Date, AnswerDays),
            });
        }
        db.Note(tenant.Id, actor, "decision." + answer.Response, decision.Account, null, AuditLog.ToJson(new { decision = id, answer.Response, until, answer.Ends, answer.Reason }), answer.Text);
        await db.SaveChangesAsync(cancel);
        var stage = answer.Response switch { "snooze" => AskStage.Snoozed, "dispute" => AskStage.Disputed, "dismiss" => AskStage.Declined, _ => null };
        if (stage is not null) await funnel.ReachAsync(tenant.Id, decision.AskId, stage, actor.At, cancel);
        await RenewAsync(tenant, decision.Account, cancel);
        return given;
    }

    /// <summary>Takes the last answer to a decision back; false where there is none that stands.</summary>
    public async Task<bool> WithdrawAsync(Tenant tenant, Guid id, Actor actor, CancellationToken cancel)
    {
        var tenantId = tenant.Id;
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var last = await db.DecisionResponses.AsNoTracking().Where(r => r.TenantId == tenantId && r.DecisionId == id).OrderByDescending(r => r.Id).FirstOrDefaultAsync(cancel);
        if (last is null || last.Response == "withdrawn") return false;
        var account = await db.Decisions.Where(d => d.TenantId == tenantId && d.Id == id).Select(d => d.Account).SingleAsync(cancel);
        db.DecisionResponses.Add(new DecisionResponse { TenantId = tenantId, DecisionId = id, Response = "withdrawn", Text = "Answer taken back", GivenAt = actor.At, GivenBy = actor.Name });
        await CloseAsync(db, tenantId, id, "withdrawn", null, actor, cancel);
        db.Note(tenantId, actor, "decision.withdrawn", account, AuditLog.ToJson(new { decision = id, last.Response, last.Until, last.Ends }), null);
        await db.SaveChangesAsync(cancel);
        await RenewAsync(tenant, account, cancel);
        return true;
    }

    /// <summary>Answers a dispute as a person; null where it does not exist or is closed. What was asked is worked out again.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="id">The dispute.</param>
    /// <param name="upheld">Whether the account was right.</param>
    /// <param name="text">The answer, for the account to read.</param>
    /// <param name="actor">Who answers.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<Dispute?> AnswerAsync(Tenant tenant, long id, bool upheld, string text, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.Disputes.SingleOrDefaultAsync(d => d.TenantId == tenant.Id && d.Id == id && d.State == Dispute.Open, cancel) is not { } dispute) return null;
        (dispute.State, dispute.Answer, dispute.ClosedAt, dispute.ClosedBy) = (upheld ? "upheld" : "notUpheld", text, actor.At, actor.Name);
        db.Note(tenant.Id, actor, "dispute." + dispute.State, dispute.Account, AuditLog.ToJson(new { dispute = id, state = Dispute.Open }), AuditLog.ToJson(new { dispute = id, state = dispute.State }), text);
        await db.SaveChangesAsync(cancel);
        var ask = await db.Decisions.Where(d => d.TenantId == tenant.Id && d.Id == dispute.DecisionId).Select(d => d.AskId).SingleOrDefaultAsync(cancel);
        if (upheld) await funnel.ReachAsync(tenant.Id, ask, AskStage.Upheld, actor.At, cancel);
        await RenewAsync(tenant, dispute.Account, cancel);
        return dispute;
    }

    // What an answer changes shows at once, everywhere. While a meter is counted again, the next look does it.
    private async Task RenewAsync(Tenant tenant, string account, CancellationToken cancel)
    {
        try
        {
            await DecideAsync(tenant, account, cancel);
        }
        catch (Metering.StillCountingException)
        {
        }
    }

    /// <summary>Notes that somebody tried to answer for an account that is not theirs.</summary>
    public async Task NoteRefusedAsync(int tenantId, Guid id, string account, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        db.Note(tenantId, actor, "decision.refused", account, null, AuditLog.ToJson(new { decision = id }), "Answered for an account that is not theirs");
        await db.SaveChangesAsync(cancel);
    }

    /// <summary>Works out a decision now and stores it with every input. Null for an account that nobody ever saw.</summary>
    public Task<DecisionRecord?> DecideAsync(Tenant tenant, string account, CancellationToken cancel) => DecideAsync(tenant, account, Now(), isPast: false, cancel);

    /// <summary>Works out a decision as of an instant: of a past one, as far as that time can be told today.</summary>
    public async Task<DecisionRecord?> DecideAsync(Tenant tenant, string account, Instant at, bool isPast, CancellationToken cancel)
    {
        var rule = await rules.AppliedAsync(tenant.Id, cancel);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        // Of two decisions the later one counts, so no two are of the same instant.
        if (!isPast && await NewestAsync(db, tenant.Id, account, cancel) is { } last && last.DecidedAt >= at) at = last.DecidedAt + Duration.FromTicks(10);
        if (await evidence.GatherAsync(tenant, account, rule, at, isPast, cancel) is not { } inputs) return null;
        var record = UpgradeRule.Decide(Guid.CreateVersion7(at.ToDateTimeOffset()), inputs);
        var before = await db.Decisions.AsNoTracking().Where(d => d.TenantId == tenant.Id && d.Account == account && d.DecidedAt <= at).OrderByDescending(d => d.DecidedAt).ThenByDescending(d => d.Id)
            .Select(d => new { d.AskId, d.Verdict, d.Plan }).FirstOrDefaultAsync(cancel);
        var verdict = Word(record.Verdict.Kind);
        var asks = record.Verdict.Kind != DecisionKind.Stay;
        var goesOn = asks && before?.AskId is not null && before.Verdict == verdict && before.Plan == record.Verdict.Plan;
        var ask = !asks ? null : goesOn ? before!.AskId : record.Id;
        db.Decisions.Add(new StoredDecision
        {
            Id = record.Id, TenantId = tenant.Id, Account = account, Record = DecisionJson.Write(record), DecidedAt = at, Verdict = verdict, RuleVersion = record.RuleVersion, AskId = ask, Plan = record.Verdict.Plan,
        });
        if (await rules.ShadowAsync(tenant.Id, cancel) is { } shadow)
        {
            var other = UpgradeRule.Under(record, shadow).Verdict;
            db.ShadowVerdicts.Add(new ShadowVerdict { TenantId = tenant.Id, DecisionId = record.Id, Version = shadow.Version, Verdict = Word(other.Kind), Plan = other.Plan });
        }
        await db.SaveChangesAsync(cancel);
        if (asks && !goesOn) await funnel.ReachAsync(tenant.Id, ask, AskStage.Eligible, at, cancel);
        return record;
    }

    /// <summary>A verdict as it is stored: <c>stay</c>, <c>upgrade</c>, <c>cheaperPlan</c>.</summary>
    internal static string Word(DecisionKind kind) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());

    internal static async Task CloseAsync(InsightsDbContext db, int tenantId, Guid decision, string state, string? answer, Actor actor, CancellationToken cancel)
    {
        foreach (var open in await db.Disputes.Where(d => d.TenantId == tenantId && d.DecisionId == decision && d.State == Dispute.Open).ToListAsync(cancel))
            (open.State, open.Answer, open.ClosedAt, open.ClosedBy) = (state, answer, actor.At, actor.Name);
    }

    private Instant Now() => Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));

    private static Task<StoredDecision?> NewestAsync(InsightsDbContext db, int tenantId, string account, CancellationToken cancel) =>
        db.Decisions.AsNoTracking().Where(d => d.TenantId == tenantId && d.Account == account).OrderByDescending(d => d.DecidedAt).ThenByDescending(d => d.Id).FirstOrDefaultAsync(cancel);

    private async Task<bool> HoldsAsync(InsightsDbContext db, Tenant tenant, StoredDecision newest, AnsweredDecision found, CancellationToken cancel)
    {
        if (newest.DecidedAt.InZone(tenant.Zone).Date != Now().InZone(tenant.Zone).Date) return false;
        var rule = await rules.AppliedAsync(tenant.Id, cancel);
        if (rule.Version != newest.RuleVersion || rule.IsOn != found.Record.RuleIsOn) return false;
        if (await db.PlanAssignments.AnyAsync(a => a.TenantId == tenant.Id && a.Account == newest.Account && a.CreatedAt > newest.DecidedAt, cancel)) return false;
        var decisions = db.Decisions.Where(d => d.TenantId == tenant.Id && d.Account == newest.Account).Select(d => d.Id);
        if (await db.Disputes.AnyAsync(d => d.TenantId == tenant.Id && d.Account == newest.Account && d.ClosedAt > newest.DecidedAt, cancel)) return false;
        return !await db.DecisionResponses.AnyAsync(r => r.TenantId == tenant.Id && r.GivenAt > newest.DecidedAt && decisions.Contains(r.DecisionId), cancel);
    }

    private async Task<AnsweredDecision> AnswersAsync(InsightsDbContext db, StoredDecision stored, CancellationToken cancel) => new(
        DecisionJson.Read(stored.Record),
        await db.DecisionResponses.AsNoTracking().Where(r => r.TenantId == stored.TenantId && r.DecisionId == stored.Id).OrderByDescending(r => r.Id).ToListAsync(cancel),
        stored.AskId,
        await OpenReplies.ReadAsync(db, stored.TenantId, stored.Account, Now(), cancel));
}

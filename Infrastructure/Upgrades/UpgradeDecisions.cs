using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Quotas;

namespace OpenMeet.Insights.Infrastructure.Upgrades;

/// <summary>A decision with what was answered to it, newest answer first.</summary>
public sealed record AnsweredDecision(DecisionRecord Record, IReadOnlyList<DecisionResponse> Responses);

/// <summary>
/// Works out whether another plan would serve an account, from its own stored history, and keeps the whole record. Pages and the API
/// show the record and nothing else.
/// </summary>
public sealed class UpgradeDecisions(
    IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, MeterCatalog catalog, StatementReports statements, CostReports costs, UsageReports usage, TimeProvider time)
{
    /// <summary>The text of a snooze that lasts until nine tenths of a limit are used.</summary>
    public const string UntilNearlyFull = "Until 90 %";

    private const int Cycles = 12;
    private const int DaysShown = 200;

    /// <summary>The newest decision about an account; worked out now where there is none of today. Null for an unknown account.</summary>
    public async Task<AnsweredDecision?> CurrentAsync(Tenant tenant, string account, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var newest = await db.Decisions.AsNoTracking().Where(d => d.TenantId == tenant.Id && d.Account == account).OrderByDescending(d => d.DecidedAt).FirstOrDefaultAsync(cancel);
        if (newest is not null && newest.DecidedAt.InZone(tenant.Zone).Date == Now().InZone(tenant.Zone).Date) return await AnswersAsync(db, newest, cancel);
        return await DecideAsync(tenant, account, cancel) is { } made ? new AnsweredDecision(made, []) : newest is null ? null : await AnswersAsync(db, newest, cancel);
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

    /// <summary>Notes what a person answered. Null where there is no such decision.</summary>
    public async Task<DecisionResponse?> RespondAsync(int tenantId, Guid id, string response, Instant? until, string? text, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.Decisions.AsNoTracking().SingleOrDefaultAsync(d => d.TenantId == tenantId && d.Id == id, cancel) is not { } decision) return null;
        var given = new DecisionResponse { TenantId = tenantId, DecisionId = id, Response = response, Until = until, Text = text, GivenAt = actor.At, GivenBy = actor.Name };
        db.DecisionResponses.Add(given);
        db.Note(tenantId, actor, "decision." + response, decision.Account, null, AuditLog.ToJson(new { decision = id, response, until }), text);
        await db.SaveChangesAsync(cancel);
        return given;
    }

    /// <summary>Works out a decision now and stores it with every input. Null for an account that nobody ever saw.</summary>
    public async Task<DecisionRecord?> DecideAsync(Tenant tenant, string account, CancellationToken cancel)
    {
        if (!Carrier.TryParse(account, out var carrier)) return null;
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var name = carrier.IsUser
            ? await db.DirectoryUsers.Where(u => u.TenantId == tenant.Id && u.Key == carrier.Name).Select(u => u.Name ?? u.Key).SingleOrDefaultAsync(cancel)
            : await db.DirectoryGroups.Where(g => g.TenantId == tenant.Id && g.Key == carrier.Name).Select(g => g.Name ?? g.Key).SingleOrDefaultAsync(cancel);
        if (name is null) return null;
        var inputs = await GatherAsync(db, tenant, account, name, cancel);
        var record = UpgradeRule.Decide(Guid.CreateVersion7(), inputs);
        db.Decisions.Add(new StoredDecision
        {
            Id = record.Id,
            TenantId = tenant.Id,
            Account = account,
            Record = DecisionJson.Write(record),
            DecidedAt = inputs.ComputedAt,
            Verdict = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(record.Verdict.Kind.ToString()),
        });
        await db.SaveChangesAsync(cancel);
        return record;
    }

    private Instant Now() => Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));

    private static async Task<AnsweredDecision> AnswersAsync(InsightsDbContext db, StoredDecision stored, CancellationToken cancel) => new(
        DecisionJson.Read(stored.Record),
        await db.DecisionResponses.AsNoTracking().Where(r => r.TenantId == stored.TenantId && r.DecisionId == stored.Id).OrderByDescending(r => r.Id).ToListAsync(cancel));

    private async Task<DecisionInputs> GatherAsync(InsightsDbContext db, Tenant tenant, string account, string name, CancellationToken cancel)
    {
        var now = Now();
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        var limits = await QuotaLimits.ReadAsync(db, tenant, account, now, cancel);
        var given = await OpenRepliesAsync(db, tenant.Id, account, now, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var connection = snapshot.Connection;
        var meters = await catalog.GetAsync(connection, tenant.Id, cancel);
        var current = book.PlanAt(account, now);
        var offered = book.OfferedAt(now);
        var carriers = book.CarriersOf(account, new TimeRange(now, now + Duration.FromTicks(10))).Select(c => c.Key).ToArray();
        var first = await FirstUseAsync(connection, tenant.Id, carriers, cancel);
        var period = BillingPeriod.Containing(now, tenant.Zone);
        var daily = await limits.DailyLevelsAsync(connection, tenant.Id, book, account, tenant.Zone, 400, cancel);
        var maxima = meters.All.Where(m => m.Meter.Aggregation == Aggregation.Max).Select(m => m.Meter.Slug).ToHashSet(StringComparer.Ordinal);
        var cycles = await CyclesAsync(connection, tenant, book, account, period, first, daily, maxima, cancel);

        var limited = new List<LimitedMeter>();
        foreach (var stored in meters.All.Where(m => m.Meter.IsPriceable && offered.Append(current).Any(p => p.Item(m.Meter.Slug)?.Limit is not null)))
        {
            var meter = stored.Meter;
            var row = await usage.AccountRowAsync(db, connection, tenant, book, limits, account, stored, cancel);
            var effective = limits.Effective(account, meter.Slug, current);
            var atLimit = cycles.TakeLast(3).Count(c => AtLimit(c, meter, current, effective.Limit));
            var label = meter.Name.StartsWith("API", StringComparison.Ordinal) ? meter.Name : meter.Name.ToLowerInvariant();
            if (meter.IsStorage)
                limited.Add(LimitedMeter.OfStock(meter.Slug, label, meter.Unit, effective, row.Used ?? 0, row.Reserved ?? 0, now.InZone(tenant.Zone).Date,
                    [.. daily.TakeLast(DaysShown).Select(d => new DailyValue(d.Day, d.Level))], atLimit));
            else if (meter.Aggregation is Aggregation.Count or Aggregation.Sum)
            {
                var amounts = await limits.DailyAmountsAsync(connection, tenant.Id, book, account, meter, stored.Id, tenant.Zone, cancel);
                var forecast = FlowForecast.Fit(amounts, period.Range.From.InZone(tenant.Zone).Date, period.Range.To.InZone(tenant.Zone).Date);
                limited.Add(LimitedMeter.OfFlow(meter.Slug, label, meter.Unit, effective, row.Used ?? 0, row.Reserved ?? 0, forecast, [.. amounts.Select(a => new DailyValue(a.Day, a.Amount))], atLimit));
            }
        }
        var nearlyFull = limited.Any(m => m.Used + m.Reserved >= QuotaStanding.ActShare * m.Limit.Limit);
        var replies = given.Where(g => !(nearlyFull && g.UntilNearlyFull)).Select(g => g.Reply).ToList();
        var days = first is { } start ? Math.Max(0, (int)(now - start).TotalDays) : 0;
        var version = offered.Count == 0 ? "none" : string.Join(' ', offered.Select(p => $"{p.Key}@{p.Version}"));
        return new DecisionInputs(
            account, name, now, tenant.TermsAt(now).Zone, current, offered, version, cycles, limited, days, replies,
            await AccountFiles.RemediesAsync(connection, tenant.Id, carriers, now, cancel), await AccountFiles.ContributorsAsync(connection, tenant.Id, carriers, now, cancel),
            await PlatformCostAsync(tenant, book, account, period.Previous(), cancel),
            maxima);
    }

    private static bool AtLimit(CycleUsage cycle, Meter meter, Plan plan, decimal? limit)
    {
        var used = meter.IsStorage ? cycle.PeakLevelBytes : cycle.Quantities.GetValueOrDefault(meter.Slug);
        if (limit is { } most && used >= most) return true;
        return plan.Item(meter.Slug) is { Price: not null } item && cycle.Quantities.GetValueOrDefault(meter.Slug) > item.Included;
    }

    private async Task<List<CycleUsage>> CyclesAsync(
        NpgsqlConnection connection, Tenant tenant, AccountBook book, string account, BillingPeriod running, Instant? first,
        IReadOnlyList<(LocalDate Day, decimal Level)> daily, HashSet<string> maxima, CancellationToken cancel)
    {
        var cycles = new List<CycleUsage>();
        if (first is not { } start) return cycles;
        var period = running;
        for (var i = 0; i < Cycles; i++)
        {
            period = period.Previous();
            if (period.Range.To <= start) break;
            var segments = await statements.SegmentsAsync(connection, tenant, book, account, period, cancel);
            // Maxima do not add up over the stretches of a month.
            var quantities = segments.SelectMany(s => s.Quantities).GroupBy(q => q.Key)
                .ToDictionary(g => g.Key, g => maxima.Contains(g.Key) ? g.Max(q => q.Value) : g.Sum(q => q.Value), StringComparer.Ordinal);
            var levels = daily.Where(d => d.Day.Year == period.Year && d.Day.Month == period.Month).Select(d => d.Level).ToList();
            cycles.Insert(0, new CycleUsage(period, quantities, levels.Count > 0 ? levels.Max() : null));
        }
        return cycles;
    }

    private static async Task<Instant?> FirstUseAsync(NpgsqlConnection connection, int tenantId, string[] carriers, CancellationToken cancel)
    {
        await using var select = new NpgsqlCommand("SELECT min(hour) FROM rollup_hour WHERE tenant_id = $1 AND scope = 3 AND key = ANY($2) AND count <> 0", connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = carriers } },
        };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        return await rows.ReadAsync(cancel) && !rows.IsDBNull(0) ? rows.GetFieldValue<Instant>(0) : null;
    }

    // A snooze lasts until its end, a dispute until a person has closed it; of several to one decision the last counts.
    private static async Task<List<(OpenReply Reply, bool UntilNearlyFull)>> OpenRepliesAsync(InsightsDbContext db, int tenantId, string account, Instant now, CancellationToken cancel)
    {
        var given = await (
            from d in db.Decisions
            join r in db.DecisionResponses on d.Id equals r.DecisionId
            where d.TenantId == tenantId && d.Account == account
            select new { d.Id, d.Verdict, r.Response, r.GivenAt, r.Until, r.Text, Order = r.Id }).ToListAsync(cancel);
        return [.. given.GroupBy(g => g.Id).Select(g => g.MaxBy(r => r.Order)!)
            .Where(r => r.Response is "snooze" or "dispute" && (r.Until is null || r.Until > now))
            .Select(r => (new OpenReply(r.Response, Enum.Parse<DecisionKind>(r.Verdict, ignoreCase: true), r.GivenAt, r.Until), r.Response == "snooze" && r.Until is null && r.Text == UntilNearlyFull))];
    }

    private async Task<PlatformCost?> PlatformCostAsync(Tenant tenant, AccountBook book, string account, BillingPeriod period, CancellationToken cancel)
    {
        Amount? total = null;
        foreach (var carrier in book.CarriersOf(account, period.Range).Select(c => c.Group is null ? c.Key : "group:" + c.Group).Distinct())
        {
            var cost = carrier.StartsWith("group:", StringComparison.Ordinal)
                ? await costs.GroupAsync(tenant, carrier[6..], period.Range, cancel)
                : await costs.UserAsync(tenant, carrier[5..], period.Range, cancel);
            if (cost is null || (cost.UnitRates.Count == 0 && cost.Reconciliation.Bill.Value == 0)) continue;
            // Real bills where there are any; the unit rates otherwise.
            var amount = cost.Reconciliation.Bill.Value > 0 ? cost.PoolTotal : cost.UnitRateTotal;
            total = total is { } others ? others + amount : amount;
        }
        return total is { } sum ? new PlatformCost(period.ToString(), sum.Value) : null;
    }
}

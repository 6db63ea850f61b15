using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Attribution;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>An account's statement of one period, or who pays instead.</summary>
/// <param name="Account">The account.</param>
/// <param name="Name">For people.</param>
/// <param name="Period">The month.</param>
/// <param name="PaidBy">Who pays, where it is not the account itself; then there are no lines.</param>
/// <param name="Statement">The rated statement.</param>
/// <param name="PlanName">The name of the plan that holds at the period's end (or now).</param>
/// <param name="IsClosed">Whether the month is closed and the statement frozen.</param>
/// <param name="IsDifferent">Whether a frozen statement would be another today; the difference stands in the oldest open month's.</param>
public sealed record AccountStatement(
    string Account, string Name, BillingPeriod Period, string? PaidBy, Statement Statement, string? PlanName, bool IsClosed = false, bool IsDifferent = false);

/// <summary>Works out what accounts owe by their plans.</summary>
public sealed class StatementReports(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, MeterCatalog catalog)
{
    /// <summary>A user's statement; null for a key that nobody ever saw.</summary>
    public async Task<AccountStatement?> UserAsync(Tenant tenant, string user, BillingPeriod period, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.DirectoryUsers.AsNoTracking().SingleOrDefaultAsync(u => u.TenantId == tenant.Id && u.Key == user, cancel) is not { } known) return null;
        return await RateAsync(db, tenant, "user:" + user, known.Name ?? user, period, cancel);
    }

    /// <summary>A group's statement; null for an unknown one.</summary>
    public async Task<AccountStatement?> GroupAsync(Tenant tenant, string slug, BillingPeriod period, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var group = await UsageReports.PresentGroupAsync(db, tenant.Id, slug, cancel);
        if (await db.DirectoryGroups.AsNoTracking().SingleOrDefaultAsync(g => g.TenantId == tenant.Id && g.Key == group, cancel) is not { } known) return null;
        return await RateAsync(db, tenant, "group:" + group, known.Name ?? group, period, cancel);
    }

    /// <summary>The statements of several accounts: each the same as by itself, of one state of the database.</summary>
    public async Task<IReadOnlyDictionary<string, AccountStatement>> ManyAsync(Tenant tenant, IEnumerable<(string Account, string Name)> accounts, BillingPeriod period, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        var closed = await ClosedAsync(db, tenant, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var asked = accounts.ToList();
        var use = await UseAsync(snapshot.Connection, tenant, period, cancel, [.. asked.SelectMany(a => book.CarriersOf(a.Account, period.Range)).Select(c => c.Key).Distinct()]);
        var statements = new Dictionary<string, AccountStatement>(StringComparer.Ordinal);
        foreach (var (account, name) in asked) statements[account] = await RateAsync(db, snapshot.Connection, tenant, book, closed, account, name, period, cancel, use);
        return statements;
    }

    /// <summary>What every carrier (or each of some) used in a whole period, read at once: for whoever rates many accounts.</summary>
    internal async Task<PeriodUse> UseAsync(NpgsqlConnection connection, Tenant tenant, BillingPeriod period, CancellationToken cancel, IReadOnlyCollection<string>? carriers = null)
    {
        var meters = (await catalog.GetAsync(connection, tenant.Id, cancel)).All.Where(m => m.Meter.IsPriceable);
        var read = await CarriedQuantities.ReadAsync(connection, tenant.Id, tenant.Attribution, meters, RollupScope.Carrier, carriers, period.Range, cancel);
        return new PeriodUse(period, read.ToLookup(r => r.Key.Key, StringComparer.Ordinal));
    }

    /// <summary>The priced quantities of an account in each stretch of one plan within a period: what statements and replays rate.</summary>
    public Task<IReadOnlyList<RatedSegment>> SegmentsAsync(
        NpgsqlConnection connection, Tenant tenant, AccountBook book, string account, BillingPeriod period, CancellationToken cancel) =>
        SegmentsAsync(connection, tenant, book, account, period, null, cancel);

    private async Task<IReadOnlyList<RatedSegment>> SegmentsAsync(
        NpgsqlConnection connection, Tenant tenant, AccountBook book, string account, BillingPeriod period, PeriodUse? use, CancellationToken cancel)
    {
        var meters = (await catalog.GetAsync(connection, tenant.Id, cancel)).All.Where(m => m.Meter.IsPriceable).ToList();
        var carriers = book.CarriersOf(account, period.Range);
        var segments = new List<RatedSegment>();
        foreach (var (range, plan) in book.PlansOf(account, period.Range))
        {
            StillCountingException.ThrowIfAny(meters.Where(m => plan.Item(m.Meter.Slug) is not null));
            var sums = new Dictionary<int, CarriedQuantity>();
            foreach (var stretch in carriers.Select(c => (c.Key, Range: c.Range.Intersect(range))).Where(c => c.Range is not null).GroupBy(c => c.Range!.Value))
            {
                string[] keys = [.. stretch.Select(c => c.Key)];
                var read = use?.Of(keys, stretch.Key) ?? await CarriedQuantities.ReadAsync(connection, tenant.Id, tenant.Attribution, meters, RollupScope.Carrier, keys, stretch.Key, cancel);
                foreach (var ((_, meter), quantity) in read)
                    sums[meter] = sums.GetValueOrDefault(meter, CarriedQuantity.None) + quantity;
            }
            segments.Add(new RatedSegment(range, plan, meters.Where(m => sums.ContainsKey(m.Id)).ToDictionary(m => m.Meter.Slug, m => sums[m.Id].Priced(m.Meter, period.Seconds))));
        }
        return segments;
    }

    /// <summary>
    /// Whether the statement of a closed month differs from what live figures of that month say; null where the range is no closed month.
    /// </summary>
    public async Task<bool?> IsDifferentAsync(Tenant tenant, string account, TimeRange range, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.ClosedPeriods.AsNoTracking().SingleOrDefaultAsync(p => p.TenantId == tenant.Id && p.FrozenAt != null && p.EndsAt == range.To, cancel) is not { } closed
            || !BillingPeriod.TryParse(closed.Period, tenant.Zone, out var period) || period.Range != range) return null;
        if (closed.ChangedAt is null) return false;
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        return (await AdjustmentsAsync(db, snapshot.Connection, tenant, await AccountBook.ReadAsync(db, tenant, cancel), account, closed, cancel, ofAll: true)).Count > 0;
    }

    /// <summary>How a frozen statement differs from what its month would be rated today, in words; null where it does not.</summary>
    public async Task<string?> DifferenceAsync(Tenant tenant, string account, ClosedPeriod closed, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var lines = await AdjustmentsAsync(db, snapshot.Connection, tenant, book, account, closed, cancel);
        return lines.Count == 0 ? null : string.Join("; ", lines.Select(l => $"{l.Meter} {l.Arithmetic}"));
    }

    private async Task<AccountStatement> RateAsync(InsightsDbContext db, Tenant tenant, string account, string name, BillingPeriod period, CancellationToken cancel)
    {
        var closed = await ClosedAsync(db, tenant, cancel);
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        return await RateAsync(db, snapshot.Connection, tenant, book, closed, account, name, period, cancel);
    }

    private static Task<List<ClosedPeriod>> ClosedAsync(InsightsDbContext db, Tenant tenant, CancellationToken cancel) =>
        db.ClosedPeriods.AsNoTracking().Where(p => p.TenantId == tenant.Id && p.FrozenAt != null).ToListAsync(cancel);

    private async Task<AccountStatement> RateAsync(
        InsightsDbContext db, NpgsqlConnection connection, Tenant tenant, AccountBook book, List<ClosedPeriod> closed, string account, string name, BillingPeriod period, CancellationToken cancel,
        PeriodUse? use = null)
    {
        if (closed.Find(p => p.Period == period.ToString()) is { } own)
        {
            var kept = await FrozenAsync(db, tenant, account, period.ToString(), cancel);
            var isDifferent = own.ChangedAt is not null && (await AdjustmentsAsync(db, connection, tenant, book, account, own, cancel, ofAll: true)).Count > 0;
            // Who was not known when the month was closed has nothing on that statement; what came later is an adjustment.
            return (kept?.ToStatement(account, name, period) ?? Nothing(book, account, name, period) with { IsClosed = true }) with { IsDifferent = isDifferent };
        }
        var statement = await RateOpenAsync(connection, tenant, book, account, name, period, cancel, use);
        if (!IsOldestOpen(period, closed, tenant)) return statement;
        var lines = new List<StatementLine>();
        foreach (var changed in closed.Where(p => p.ChangedAt is not null).OrderBy(p => p.EndsAt))
            lines.AddRange(await AdjustmentsAsync(db, connection, tenant, book, account, changed, cancel));
        return lines.Count == 0 ? statement : statement with { Statement = statement.Statement with { Lines = [.. statement.Statement.Lines, .. lines] } };
    }

    private static AccountStatement Nothing(AccountBook book, string account, string name, BillingPeriod period) =>
        new(account, name, period, null, new Statement(null, null, book.FreeAt(period.Range.From).Currency, []), null);

    // Adjustments go into the first month after the earliest closed one that is not closed itself.
    private static bool IsOldestOpen(BillingPeriod period, List<ClosedPeriod> closed, Tenant tenant)
    {
        if (closed.MinBy(p => p.EndsAt) is not { } earliest || !BillingPeriod.TryParse(earliest.Period, tenant.Zone, out var open)) return false;
        while (closed.Exists(p => p.Period == open.ToString())) open = open.Next();
        return open.ToString() == period.ToString();
    }

    private static async Task<FrozenDocument?> FrozenAsync(InsightsDbContext db, Tenant tenant, string account, string month, CancellationToken cancel) =>
        await db.FrozenStatements.AsNoTracking().SingleOrDefaultAsync(f => f.TenantId == tenant.Id && f.Period == month && f.Account == account, cancel) is { } frozen
            ? JsonSerializer.Deserialize<FrozenDocument>(frozen.Document)
            : null;

    // What a closed month is off by today. In another currency than it was closed in nothing can be added up: there is no such case, for
    // a currency changes only with a month that is to come.
    private async Task<List<StatementLine>> AdjustmentsAsync(
        InsightsDbContext db, NpgsqlConnection connection, Tenant tenant, AccountBook book, string account, ClosedPeriod closed, CancellationToken cancel, bool ofAll = false)
    {
        if (!BillingPeriod.TryParse(closed.Period, tenant.Zone, out var period)) return [];
        // A month whose events are no longer all kept is final.
        if ((await catalog.GetAsync(connection, tenant.Id, cancel)).KeptFrom is { } kept && period.Range.From < kept) return [];
        var rerated = await RateOpenAsync(connection, tenant, book, account, "", period, cancel);
        var frozen = await FrozenAsync(db, tenant, account, closed.Period, cancel);
        var earlier = new List<StatementLine>();
        var others = db.FrozenStatements.AsNoTracking().Where(f => !ofAll && f.TenantId == tenant.Id && f.Account == account && f.Period != closed.Period);
        foreach (var later in await others.ToListAsync(cancel))
            earlier.AddRange(JsonSerializer.Deserialize<FrozenDocument>(later.Document)!.Lines.Where(l => l.Adjusts?.Period == closed.Period));
        var own = frozen?.Lines.Where(l => l.Adjusts is null).ToList() ?? [];
        List<StatementLine> Lines(Func<string, string> cause) => [.. Adjustments.Of(closed.Period, rerated.Statement.Lines, own, earlier, rerated.Statement.Currency, cause)];
        var lines = Lines(_ => "");
        if (lines.Count == 0) return [];
        var causes = new Dictionary<string, string>(StringComparer.Ordinal);
        var meters = await catalog.GetAsync(connection, tenant.Id, cancel);
        foreach (var meter in lines.Select(l => l.Meter)) causes[meter] = await CauseAsync(connection, tenant, book, account, period, closed, meters.Find(meter), cancel);
        return Lines(m => causes[m]);
    }

    // What happened to the account's own events of that month since it was closed; else it was something that they hang on.
    private static async Task<string> CauseAsync(
        NpgsqlConnection connection, Tenant tenant, AccountBook book, string account, BillingPeriod period, ClosedPeriod closed, StoredMeter? meter, CancellationToken cancel)
    {
        const string other = "a change of owner, plan, meter or of an earlier month";
        if (meter is null) return other;
        var carriers = book.CarriersOf(account, period.Range).Select(c => new Domain.Attribution.Carrier(c.Key)).ToList();
        await using var select = new NpgsqlCommand("""
            SELECT count(*) FILTER (WHERE stored_at > $6 AND voided_at IS NULL), count(*) FILTER (WHERE voided_at > $6 AND stored_at <= $6) FROM ledger
            WHERE tenant_id = $1 AND type = ANY($2) AND time < $3 AND ($7 OR time >= $8) AND (subject = ANY($4) OR grp = ANY($5))
            """, connection)
        {
            Parameters =
            {
                new() { Value = tenant.Id }, new() { Value = meter.Meter.Sources.Select(s => s.EventType).Append(meter.Meter.IsStorage ? "file.attached" : "").ToArray() },
                SqlValue.Time(period.Range.To), new() { Value = carriers.Where(c => c.IsUser).Select(c => c.Name).ToArray() }, new() { Value = carriers.Where(c => c.IsGroup).Select(c => c.Name).ToArray() },
                // A level is also what came before the month.
                SqlValue.Time(closed.ClosedAt), new() { Value = meter.Meter.Aggregation == Aggregation.TimeWeightedSum }, SqlValue.Time(period.Range.From),
            },
        };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        await rows.ReadAsync(cancel);
        string[] parts =
        [
            .. rows.GetInt64(0) is > 0 and var late ? [$"{late} late {(late == 1 ? "event" : "events")}"] : Array.Empty<string>(),
            .. rows.GetInt64(1) is > 0 and var voided ? [$"{voided} voided {(voided == 1 ? "event" : "events")}"] : Array.Empty<string>(),
        ];
        return parts.Length > 0 ? string.Join(", ", parts) : other;
    }


    private async Task<AccountStatement> RateOpenAsync(
        NpgsqlConnection connection, Tenant tenant, AccountBook book, string account, string name, BillingPeriod period, CancellationToken cancel, PeriodUse? use = null)
    {
        if (await PaidSegmentsAsync(connection, tenant, book, account, period, cancel, use) is not { } paid)
            return Nothing(book, account, name, period) with { PaidBy = book.Payers(account[6..], period.Range)[^1].Account };
        var maxima = await MaximaAsync(connection, tenant.Id, cancel);
        return new AccountStatement(account, name, period, null, StatementRating.Rate(period, paid, maxima), book.PlanAt(account, period.Range.To - Duration.FromTicks(10)).Name);
    }

    /// <summary>What an account is charged by in a period; null for a group that somebody else pays for throughout.</summary>
    internal async Task<IReadOnlyList<RatedSegment>?> PaidSegmentsAsync(
        NpgsqlConnection connection, Tenant tenant, AccountBook book, string account, BillingPeriod period, CancellationToken cancel, PeriodUse? use = null)
    {
        var isGroup = account.StartsWith("group:", StringComparison.Ordinal);
        if (isGroup && book.Payers(account[6..], period.Range).All(p => p.Account != account)) return null;
        var segments = await SegmentsAsync(connection, tenant, book, account, period, use, cancel);
        // A group that took its plan within the period is its own account only from then on.
        return isGroup ? [.. segments.SelectMany(s => book.Payers(account[6..], s.Range).Where(p => p.Account == account).Select(p => s with { Range = p.Range }))] : segments;
    }

    /// <summary>The meters whose quantities are maxima: they do not add up.</summary>
    internal async Task<IReadOnlySet<string>> MaximaAsync(NpgsqlConnection connection, int tenantId, CancellationToken cancel) =>
        (await catalog.GetAsync(connection, tenantId, cancel)).All.Where(m => m.Meter.Aggregation == Aggregation.Max).Select(m => m.Meter.Slug).ToHashSet(StringComparer.Ordinal);
}

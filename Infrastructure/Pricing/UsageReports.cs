using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Attribution;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Quotas;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>What users and groups use: the figures of every usage page, of the API, and of the quota check.</summary>
public sealed class UsageReports(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, AccountBooks books, MeterCatalog catalog, TimeProvider time)
{
    /// <summary>The usage of a user: as actor, as carrier, and as the account that pays. Null for a key that nobody ever saw.</summary>
    public async Task<AccountUsage?> UserAsync(Tenant tenant, string user, TimeRange range, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.DirectoryUsers.AsNoTracking().SingleOrDefaultAsync(u => u.TenantId == tenant.Id && u.Key == user, cancel) is not { } known) return null;
        var account = "user:" + user;
        var reading = await OpenAsync(db, tenant, account, cancel);
        await using var snapshot = reading.Snapshot;
        var carriers = reading.Book.CarriersOf(account, range);
        var groups = new List<GroupUsage>();
        var groupKeys = carriers.Where(c => c.Group is not null).Select(c => c.Group!).Distinct().ToArray();
        var names = await db.DirectoryGroups.Where(g => g.TenantId == tenant.Id && groupKeys.Contains(g.Key)).ToDictionaryAsync(g => g.Key, g => g.Name, cancel);
        foreach (var group in groupKeys)
            groups.Add(new GroupUsage(group, names.GetValueOrDefault(group), await RowsAsync(reading, [.. carriers.Where(c => c.Group == group)], RollupScope.Carrier, null, range, cancel)));
        return new AccountUsage(
            account, known.Name ?? user, reading.Book.PlanAt(account, LastMoment(range)), null, range, reading.Now,
            await RowsAsync(reading, carriers, RollupScope.Carrier, account, range, cancel),
            await RowsAsync(reading, [new PaidCarrier(user, null, range)], RollupScope.Subject, null, range, cancel),
            await RowsAsync(reading, [new PaidCarrier(account, null, range)], RollupScope.Carrier, null, range, cancel),
            groups, []);
    }

    /// <summary>The usage of a group. Without a plan of its own it has no limits and names who pays. Null for an unknown one.</summary>
    public async Task<AccountUsage?> GroupAsync(Tenant tenant, string slug, TimeRange range, bool byMember, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var group = await PresentGroupAsync(db, tenant.Id, slug, cancel);
        if (await db.DirectoryGroups.AsNoTracking().SingleOrDefaultAsync(g => g.TenantId == tenant.Id && g.Key == group, cancel) is not { } known) return null;
        var account = "group:" + group;
        var reading = await OpenAsync(db, tenant, account, cancel);
        await using var snapshot = reading.Snapshot;
        var payer = reading.Book.PayerAt(group, LastMoment(range));
        var own = payer == account;
        PaidCarrier[] all = [.. reading.Book.SlugsOf(group).Select(s => new PaidCarrier("group:" + s, group, range))];
        var carried = await RowsAsync(reading, all, RollupScope.Carrier, null, range, cancel);
        var meters = own ? await RowsAsync(reading, reading.Book.CarriersOf(account, range), RollupScope.Carrier, account, range, cancel) : carried;
        return new AccountUsage(
            account, known.Name ?? group, own ? reading.Book.PlanAt(account, LastMoment(range)) : null, own ? null : payer, range, reading.Now, meters, [], carried, [],
            byMember ? await ByMemberAsync(db, reading, group, range, cancel) : []);
    }

    /// <summary>One row of one account in the billing period of now: what a quota check answers with.</summary>
    public async Task<UsageRow> AccountRowAsync(NpgsqlConnection connection, Tenant tenant, AccountBook book, QuotaLimits limits, string account, StoredMeter meter, CancellationToken cancel, MeterSet? meters = null)
    {
        StillCountingException.ThrowIfAny([meter]);
        var now = Now();
        var period = BillingPeriod.Containing(now, tenant.Zone);
        var reading = new Reading(null!, connection, tenant, book, limits, meters ?? await catalog.GetAsync(connection, tenant.Id, cancel), now);
        return (await RowsAsync(reading, book.CarriersOf(account, period.Range), RollupScope.Carrier, account, period.Range, cancel, meter)).Single();
    }

    /// <summary>What counts against a ceiling on a group itself: its usage of the running period, or its level now.</summary>
    public async Task<decimal> CarrierUsedAsync(NpgsqlConnection connection, Tenant tenant, AccountBook book, string group, StoredMeter meter, CancellationToken cancel)
    {
        StillCountingException.ThrowIfAny([meter]);
        var period = BillingPeriod.Containing(Now(), tenant.Zone);
        var keys = book.SlugsOf(group).Select(s => "group:" + s).ToArray();
        var read = await CarriedQuantities.ReadAsync(connection, tenant.Id, tenant.Attribution, [meter], RollupScope.Carrier, keys, period.Range, cancel);
        var sum = read.Values.Aggregate(CarriedQuantity.None, (a, b) => a + b);
        return meter.Meter.Aggregation == Aggregation.TimeWeightedSum ? sum.Level.ToDecimal() : sum.ValueOf(meter.Meter) ?? 0m;
    }

    /// <summary>The present slug of a group that is named by any of its slugs.</summary>
    public static async Task<string> PresentGroupAsync(InsightsDbContext db, int tenantId, string slug, CancellationToken cancel) =>
        await db.GroupSlugs.Where(s => s.TenantId == tenantId && s.OldKey == slug).Select(s => s.Key).SingleOrDefaultAsync(cancel) ?? slug;

    private sealed record Reading(
        Snapshot Snapshot, NpgsqlConnection Connection, Tenant Tenant, AccountBook Book, QuotaLimits Limits, MeterSet Meters, Instant Now);

    private Instant Now() => Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));

    private Instant LastMoment(TimeRange range)
    {
        var now = Now();
        return now < range.To && now >= range.From ? now : range.To - Duration.FromTicks(10);
    }

    private async Task<Reading> OpenAsync(InsightsDbContext db, Tenant tenant, string account, CancellationToken cancel)
    {
        var now = Now();
        var limits = await QuotaLimits.ReadAsync(db, tenant, account, now, cancel);
        var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var book = await books.GetAsync(snapshot.Connection, tenant, cancel);
        return new Reading(snapshot, snapshot.Connection, tenant, book, limits, await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel), now);
    }

    // One row for each meter; with the account's limits where one is named.
    private async Task<IReadOnlyList<UsageRow>> RowsAsync(
        Reading reading, IReadOnlyList<PaidCarrier> carriers, RollupScope scope, string? account, TimeRange range, CancellationToken cancel, StoredMeter? only = null)
    {
        var tenant = reading.Tenant;
        var meters = only is null ? reading.Meters.All : [only];
        var segments = Segments(reading, account, range);
        var perSegment = new List<Dictionary<int, CarriedQuantity>>();
        foreach (var segment in segments) perSegment.Add(await SumAsync(reading, meters, carriers, scope, segment.Range, cancel));
        var direct = await DirectAsync(reading, meters.Where(m => !m.Meter.IsRolledUp), carriers, scope, range, cancel);
        var levelNow = reading.Now < range.To ? await LevelAsync(reading, meters, carriers, scope, account, range, cancel) : null;

        var rows = new List<UsageRow>();
        foreach (var stored in meters)
        {
            var meter = stored.Meter;
            if (!meter.IsRolledUp || !stored.IsWhole)
            {
                rows.Add(new UsageRow(meter, meter.Unit, direct.GetValueOrDefault(meter.Slug), null, null, null, null, null, null, null, QuotaState.None, null, null, null, []));
                continue;
            }
            var quantities = perSegment.Select(s => s.GetValueOrDefault(stored.Id, CarriedQuantity.None)).ToList();
            var whole = quantities.Aggregate((a, b) => a + b);
            var priced = segments.Select((s, i) => quantities[i].Priced(meter, s.Period.Seconds)).ToList();
            var isLevel = meter.Aggregation == Aggregation.TimeWeightedSum;
            var level = isLevel ? (levelNow?.GetValueOrDefault(stored.Id) ?? quantities[^1].Level).ToDecimal() : (decimal?)null;
            var value = isLevel ? priced.Sum() : whole.ValueOf(meter);
            var (included, over) = Allowances(meter, segments, priced);
            var limited = account is null ? null : reading.Limits.Effective(account, meter.Slug, reading.Book.PlanAt(account, LastMoment(range)));
            var used = level ?? value;
            if (limited?.Limit is not { } limit || used is not { } taken)
            {
                rows.Add(new UsageRow(meter, isLevel ? "GB-months" : meter.Unit, Round(value, isLevel), Round(included, isLevel), Round(over, isLevel), null, null, used,
                    account is null ? null : reading.Limits.Reserved(account, meter.Slug), null, QuotaState.None, isLevel ? whole.Integral.ToString() : null, level, null, limited?.Chain ?? []));
                continue;
            }
            var reserved = reading.Limits.Reserved(account!, meter.Slug);
            var reaches = range.Contains(reading.Now)
                ? await reading.Limits.ReachesAsync(reading.Connection, tenant.Id, reading.Book, account!, stored, limit, BillingPeriod.Containing(reading.Now, tenant.Zone), cancel)
                : null;
            rows.Add(new UsageRow(meter, isLevel ? "GB-months" : meter.Unit, Round(value, isLevel), Round(included, isLevel), Round(over, isLevel), limit, limited.Kind, taken, reserved,
                limit - taken - reserved, QuotaStanding.StateOf(taken, reserved, limit, limited.Kind, reaches?.P50Days), isLevel ? whole.Integral.ToString() : null, level, reaches, limited.Chain));
        }
        return rows;
    }

    private static decimal? Round(decimal? value, bool isLevel) => isLevel && value is { } v ? Domain.Money.Rounding.HalfAwayFromZero(v, 12) : value;

    private sealed record Segment(BillingPeriod Period, TimeRange Range, Plan? Plan);

    // Cut where the month changes, since a GB-month has its month's length, and where the plan does.
    private static List<Segment> Segments(Reading reading, string? account, TimeRange range)
    {
        var segments = new List<Segment>();
        for (var period = BillingPeriod.Containing(range.From, reading.Tenant.Zone); period.Range.From < range.To; period = period.Next())
        {
            if (period.Range.Intersect(range) is not { } part) continue;
            segments.AddRange(account is null ? [new Segment(period, part, null)] : reading.Book.PlansOf(account, part).Select(p => new Segment(period, p.Range, p.Plan)));
        }
        return segments;
    }

    private static (decimal? Included, decimal? Over) Allowances(Meter meter, List<Segment> segments, List<decimal> priced)
    {
        if (!segments.Any(s => s.Plan?.Item(meter.Slug) is not null)) return (null, null);
        var (included, over) = (0m, 0m);
        foreach (var month in segments.Select((s, i) => (Segment: s, Priced: priced[i])).GroupBy(s => s.Segment.Period))
        {
            var rated = month.Select(s => new RatedSegment(s.Segment.Range, s.Segment.Plan!, new Dictionary<string, decimal> { [meter.Slug] = s.Priced })).ToList();
            var allowance = Allowance.For(month.Key, meter.Slug, rated, meter.Aggregation == Aggregation.Max);
            included += allowance.Included;
            over += allowance.Over;
        }
        return (included, over);
    }

    private static async Task<Dictionary<int, CarriedQuantity>> SumAsync(
        Reading reading, IReadOnlyList<StoredMeter> meters, IReadOnlyList<PaidCarrier> carriers, RollupScope scope, TimeRange range, CancellationToken cancel)
    {
        var sums = new Dictionary<int, CarriedQuantity>();
        foreach (var stretch in carriers.Select(c => (c.Key, Range: c.Range.Intersect(range))).Where(c => c.Range is not null).GroupBy(c => c.Range!.Value))
        {
            var read = await CarriedQuantities.ReadAsync(reading.Connection, reading.Tenant.Id, reading.Meters.Attribution, meters, scope, [.. stretch.Select(c => c.Key)], stretch.Key, cancel);
            foreach (var ((_, meter), quantity) in read)
            {
                // A level that was paid for only until the middle of the range is not there at its end.
                var counted = stretch.Key.To == range.To ? quantity : quantity with { Level = Quantity.Zero };
                sums[meter] = sums.GetValueOrDefault(meter, CarriedQuantity.None) + counted;
            }
        }
        return sums;
    }

    private static async Task<Dictionary<int, Quantity>> LevelAsync(
        Reading reading, IReadOnlyList<StoredMeter> meters, IReadOnlyList<PaidCarrier> carriers, RollupScope scope, string? account, TimeRange range, CancellationToken cancel)
    {
        var moment = new TimeRange(reading.Now, reading.Now + Duration.FromTicks(10));
        var now = account is null ? carriers : reading.Book.CarriersOf(account, moment);
        var sums = await SumAsync(reading, [.. meters.Where(m => m.Meter.Aggregation == Aggregation.TimeWeightedSum)], [.. now.Select(c => c with { Range = moment })], scope, moment, cancel);
        return sums.ToDictionary(s => s.Key, s => s.Value.Level);
    }

    // Distinct people, quantiles and latest values do not add up over hours: they come from the events themselves.
    private static async Task<Dictionary<string, decimal?>> DirectAsync(
        Reading reading, IEnumerable<StoredMeter> meters, IReadOnlyList<PaidCarrier> carriers, RollupScope scope, TimeRange range, CancellationToken cancel)
    {
        // Where not all of the events are kept, it is not known.
        var tallies = meters.Where(m => !(range.From < m.KeptFrom)).Select(m => (m.Meter, Tally: new MeterTally(m.Meter.Aggregation, MeterQuery.Over(range.From, range.To)))).ToList();
        var result = new Dictionary<string, decimal?>(StringComparer.Ordinal);
        if (tallies.Count == 0) return result;
        await using (var select = new NpgsqlCommand($"""
            SELECT {EventReports.UsageColumnsWithDataOf("$7")} FROM ledger
            WHERE tenant_id = $1 AND type = ANY($2) AND time >= $3 AND time < $4 AND voided_at IS NULL
              AND (subject = ANY($5) OR grp = ANY($6))
            """, reading.Connection)
        {
            Parameters =
            {
                new() { Value = reading.Tenant.Id }, new() { Value = tallies.SelectMany(t => t.Meter.Sources.Select(s => s.EventType)).Distinct().ToArray() },
                new() { Value = range.From, NpgsqlDbType = NpgsqlDbType.TimestampTz }, new() { Value = range.To, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = scope == RollupScope.Subject ? [.. carriers.Select(c => c.Key)] : carriers.Where(c => c.Group is null).Select(c => new Carrier(c.Key).Name).ToArray() },
                new() { Value = scope == RollupScope.Subject ? [] : carriers.Where(c => c.Group is not null).Select(c => new Carrier(c.Key).Name).ToArray() },
                new() { Value = tallies.Where(t => t.Meter.ReadsData).SelectMany(t => t.Meter.Sources.Select(s => s.EventType)).Distinct().ToArray() },
            },
        })
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel))
            {
                var e = EventReports.ReadUsage(rows);
                if (scope == RollupScope.Carrier)
                {
                    var (first, second) = reading.Meters.Attribution.At(e.Time).Whole(new Holder(e.Group, e.Subject));
                    if (!carriers.Any(c => (c.Key == first.Key || c.Key == second?.Key) && c.Range.Contains(e.Time))) continue;
                }
                foreach (var (meter, tally) in tallies)
                {
                    foreach (var value in meter.Read(e)) tally.Add(e.Time, e.Id, value, null, []);
                }
            }
        }
        foreach (var (meter, tally) in tallies)
        {
            var exact = tally.Rows()[0].Exact;
            result[meter.Slug] = exact is null ? (meter.Aggregation == Aggregation.UniqueCount ? 0m : null) : decimal.Parse(exact, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture);
        }
        return result;
    }

    private static async Task<IReadOnlyList<MemberUsage>> ByMemberAsync(InsightsDbContext db, Reading reading, string group, TimeRange range, CancellationToken cancel)
    {
        var slugs = reading.Book.SlugsOf(group).ToArray();
        var bySubject = new Dictionary<string, RollupFold>(StringComparer.Ordinal);
        RollupFold Fold(string? subject) => bySubject.TryGetValue(subject ?? "", out var fold) ? fold : bySubject[subject ?? ""] = new RollupFold(reading.Meters.Attribution);
        var carriers = slugs.Select(s => "group:" + s).ToHashSet(StringComparer.Ordinal);
        var additive = reading.Meters.All.Where(m => m.Meter.IsAdditive && m.IsWhole).ToArray();
        await using (var select = new NpgsqlCommand($"""
            SELECT {EventReports.UsageColumns} FROM ledger WHERE tenant_id = $1 AND grp = ANY($2) AND time >= $3 AND time < $4 AND voided_at IS NULL
            """, reading.Connection)
        {
            Parameters =
            {
                new() { Value = reading.Tenant.Id }, new() { Value = slugs },
                new() { Value = range.From, NpgsqlDbType = NpgsqlDbType.TimestampTz }, new() { Value = range.To, NpgsqlDbType = NpgsqlDbType.TimestampTz },
            },
        })
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel))
            {
                var e = EventReports.ReadUsage(rows);
                foreach (var meter in additive.Where(m => !m.Meter.IsStorage && m.Meter.Aggregation != Aggregation.TimeWeightedSum)) Fold(e.Subject).Add(meter, e);
            }
        }
        var storage = await StorageByMemberAsync(reading, slugs, range, cancel);
        var keys = bySubject.Keys.Concat(storage.Keys).Distinct().Order(StringComparer.Ordinal).ToArray();
        var names = await db.DirectoryUsers.Where(u => u.TenantId == reading.Tenant.Id && keys.Contains(u.Key)).ToDictionaryAsync(u => u.Key, u => u.Name, cancel);
        var members = new List<MemberUsage>();
        foreach (var key in keys)
        {
            var usage = new List<UsageRow>();
            foreach (var stored in additive.Where(m => m.Meter.IsStorage || m.Meter.Aggregation != Aggregation.TimeWeightedSum))
            {
                if (stored.Meter.IsStorage)
                {
                    var (integral, gigabyteMonths, level) = storage.GetValueOrDefault(key);
                    usage.Add(Plain(stored.Meter, gigabyteMonths, integral.ToString(), level.ToDecimal()));
                    continue;
                }
                // A member's part is of what the group carries, so the parts add up to it.
                var states = bySubject.TryGetValue(key, out var fold) ? fold.Rows.Where(r => r.Key.Meter == stored.Id && r.Key.Scope == RollupScope.Carrier && carriers.Contains(r.Key.Key)).Select(r => r.Value) : [];
                usage.Add(Plain(stored.Meter, range.From < stored.KeptFrom ? null : states.Aggregate(Quantity.Zero, (sum, s) => sum + s.Sum).ToDecimal(), null, null));
            }
            members.Add(new MemberUsage(key.Length > 0 ? key : null, names.GetValueOrDefault(key), usage));
        }
        return members;
    }

    private static UsageRow Plain(Meter meter, decimal? value, string? byteSeconds, decimal? level) => new(
        meter, meter.IsStorage ? "GB-months" : meter.Unit, Round(value, meter.IsStorage), null, null, null, null, null, null, null, QuotaState.None, byteSeconds, level, null, []);

    // A change belongs to who made it, as in a meter query by group and subject; the parts add up to what the group carries.
    // Month by month, since a GB-month has its month's length.
    private static async Task<Dictionary<string, (Integral Integral, decimal GigabyteMonths, Quantity Level)>> StorageByMemberAsync(Reading reading, string[] slugs, TimeRange range, CancellationToken cancel)
    {
        var result = new Dictionary<string, (Integral Integral, decimal GigabyteMonths, Quantity Level)>(StringComparer.Ordinal);
        foreach (var part in Segments(reading, null, range))
        {
            await using var select = new NpgsqlCommand("""
                SELECT coalesce(subject, ''), sum(delta), sum(delta * (extract(epoch FROM $4 - greatest(time, $3)) * 1000000)::numeric(30, 0)) FROM storage_delta
                WHERE tenant_id = $1 AND carrier = ANY($2) AND time < $4 GROUP BY 1
                """, reading.Connection)
            {
                Parameters =
                {
                    new() { Value = reading.Tenant.Id }, new() { Value = slugs.Select(s => "group:" + s).ToArray() },
                    new() { Value = part.Range.From, NpgsqlDbType = NpgsqlDbType.TimestampTz }, new() { Value = part.Range.To, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                },
            };
            await using var rows = await select.ExecuteReaderAsync(cancel);
            while (await rows.ReadAsync(cancel))
            {
                var before = result.GetValueOrDefault(rows.GetString(0));
                var integral = new Integral((Int128)rows.GetFieldValue<System.Numerics.BigInteger>(2));
                result[rows.GetString(0)] = (
                    before.Integral + integral, before.GigabyteMonths + (integral.ToUnitSeconds() / 1_000_000_000m / part.Period.Seconds),
                    new Quantity((Int128)rows.GetFieldValue<System.Numerics.BigInteger>(1)));
            }
        }
        return result;
    }
}

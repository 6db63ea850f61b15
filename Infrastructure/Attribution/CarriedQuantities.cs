using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Storage;

namespace OpenMeet.Insights.Infrastructure.Attribution;

/// <summary>What one carrier has of one meter over a range.</summary>
/// <param name="Count">Readings.</param>
/// <param name="Sum">Sum of the readings; for a level its change.</param>
/// <param name="Integral">For a level: its integral over the range.</param>
/// <param name="Level">For a level: its height at the range's end.</param>
/// <param name="Min">The least reading, where the meter keeps it.</param>
/// <param name="Max">The greatest reading, where the meter keeps it.</param>
public sealed record CarriedQuantity(long Count, Quantity Sum, Integral Integral, Quantity Level, Quantity? Min, Quantity? Max)
{
    /// <summary>Nothing.</summary>
    public static readonly CarriedQuantity None = new(0, Quantity.Zero, Integral.Zero, Quantity.Zero, null, null);

    /// <summary>Two ranges or two carriers together.</summary>
    public static CarriedQuantity operator +(CarriedQuantity a, CarriedQuantity b) => new(
        a.Count + b.Count, a.Sum + b.Sum, a.Integral + b.Integral, a.Level + b.Level,
        a.Min is { } min && !(b.Min < min) ? min : b.Min ?? a.Min, a.Max is { } max && !(b.Max > max) ? max : b.Max ?? a.Max);

    /// <summary>The meter's value as decimal: a count, a sum, unit-seconds of a level, a mean, the least or the greatest; null where there is none.</summary>
    public decimal? ValueOf(Meter meter) => meter.Aggregation switch
    {
        Aggregation.Count => Sum.ToDecimal(),
        Aggregation.Sum => Sum.ToDecimal(),
        Aggregation.TimeWeightedSum => Integral.ToUnitSeconds(),
        Aggregation.Avg => Count == 0 ? null : Domain.Money.Rounding.HalfAwayFromZero(Sum.ToDecimal() / Count, 12),
        Aggregation.Min => Min?.ToDecimal(),
        Aggregation.Max => Max?.ToDecimal(),
        _ => null,
    };

    /// <summary>The quantity as prices see it: storage in GB-months of a month of that many seconds, other meters in their unit.</summary>
    public decimal Priced(Meter meter, decimal secondsOfMonth) =>
        meter.Aggregation == Aggregation.TimeWeightedSum ? Integral.ToUnitSeconds() / 1_000_000_000m / secondsOfMonth : ValueOf(meter) ?? 0m;
}

/// <summary>
/// Quantities by acting user, named group or carrier over any range: whole months, days and hours from the rollups, edges off the hour from the ledger.
/// Usage, quotas, costs and charges all read through here: one number everywhere.
/// </summary>
public static class CarriedQuantities
{
    // The moment is wanted of levels alone, and costs more than all the rest.
    private static readonly string WithinSql = $"""
        SELECT meter_id, key, sum(count)::bigint, sum(sum),
               sum(CASE WHEN meter_id = ANY($9) THEN moment + sum * (extract(epoch FROM start - $8) * 1000000)::numeric(30, 0) ELSE 0 END), min(min), max(max)
        FROM ({RollupSlices.Rows}) r GROUP BY 1, 2
        """;

    private static readonly string BeforeSql = $"SELECT meter_id, key, sum(sum) FROM ({RollupSlices.Rows}) r GROUP BY 1, 2";

    private static readonly string WindowsSql = WindowsWith("0::numeric");
    private static readonly string LevelWindowsSql = WindowsWith(MeterReports.MomentSql);

    private static string WindowsWith(string moment) =>
        $"SELECT width_bucket(start, $8::timestamptz[]), sum(count)::bigint, sum(sum), {moment}, NULL::numeric, NULL::numeric FROM ({RollupSlices.Rows}) r GROUP BY 1";

    /// <summary>Reads the quantities of meters that are rolled up.</summary>
    /// <param name="connection">Reads through this connection's snapshot.</param>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="attribution">Who carries.</param>
    /// <param name="meters">Which meters; those that are not rolled up are passed over.</param>
    /// <param name="scope">Whose: acting users, named groups or carriers.</param>
    /// <param name="keys">Only these keys; null for all. The empty key is nobody.</param>
    /// <param name="range">From when to when.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <returns>By key and meter number; what has nothing is absent.</returns>
    public static async Task<Dictionary<(string Key, int Meter), CarriedQuantity>> ReadAsync(
        NpgsqlConnection connection, int tenantId, AttributionSchedule attribution, IEnumerable<StoredMeter> meters, RollupScope scope, IReadOnlyCollection<string>? keys,
        TimeRange range, CancellationToken cancel)
    {
        var asked = meters.Where(m => m.Meter.IsRolledUp).ToArray();
        var result = new Dictionary<(string, int), CarriedQuantity>();
        if (asked.Length == 0 || range.From >= range.To) return result;
        var levels = asked.Where(m => m.Meter.Aggregation == Aggregation.TimeWeightedSum).ToArray();
        var (from, to) = (range.From, range.To);
        var first = MeterReports.CeilingHour(from);
        var last = RollupFold.HourOf(to);
        // Within one hour there is no whole hour: all of it comes from the ledger.
        if (last < first) last = first;

        var before = new Dictionary<(string, int), Quantity>();
        if (levels.Length > 0)
        {
            await using var select = new NpgsqlCommand(BeforeSql, connection);
            select.Parameters.AddRange(RollupSlices.Parameters(tenantId, scope, keys, RollupSlices.Cover(levels, null, RollupFold.HourOf(from))));
            await select.PrepareAsync(cancel);
            await using var rows = await select.ExecuteReaderAsync(cancel);
            while (await rows.ReadAsync(cancel)) before[(rows.GetString(1), rows.GetInt32(0))] = rows.GetQuantity(2);
        }
        if (first < last)
        {
            await using var select = new NpgsqlCommand(WithinSql, connection);
            select.Parameters.AddRange(RollupSlices.Parameters(tenantId, scope, keys, RollupSlices.Cover(asked, first, last)));
            select.Parameters.Add(SqlValue.Time(first));
            select.Parameters.Add(new NpgsqlParameter { Value = Array.ConvertAll(levels, m => m.Id) });
            await select.PrepareAsync(cancel);
            await using var rows = await select.ExecuteReaderAsync(cancel);
            while (await rows.ReadAsync(cancel)) Add(result, (rows.GetString(1), rows.GetInt32(0)), MeterReports.ReadSum(rows, 2), first, to);
        }

        // Edges: single events, as rollups of their own. What lies before the range only raises a level.
        var edgeEnd = first > to ? to : first;
        if (RollupFold.HourOf(from) < edgeEnd && RollupFold.HourOf(from) != from)
            await AddEdgeAsync(connection, tenantId, attribution, asked, scope, keys, RollupFold.HourOf(from), from, f => Before(before, f, levels, scope, keys), cancel);
        if (from < edgeEnd)
            await AddEdgeAsync(connection, tenantId, attribution, asked, scope, keys, from, edgeEnd, f => Within(result, f, scope, keys, to), cancel);
        var lastFrom = last > from ? last : from;
        if (lastFrom >= edgeEnd && lastFrom < to)
            await AddEdgeAsync(connection, tenantId, attribution, asked, scope, keys, lastFrom, to, f => Within(result, f, scope, keys, to), cancel);

        foreach (var (key, level) in before)
        {
            var now = result.GetValueOrDefault(key, CarriedQuantity.None);
            result[key] = now with { Integral = now.Integral + Integral.Of(level, Micros(from, to)), Level = now.Level + level };
        }
        return result;
    }

    /// <summary>Reads a meter window by window, so that a chart's parts add up to the figure beside it.</summary>
    /// <param name="connection">Reads through this connection's snapshot.</param>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="attribution">Who carries.</param>
    /// <param name="meter">A meter whose windows add up: a count, a sum, or a level.</param>
    /// <param name="scope">Whose: acting users, named groups or carriers.</param>
    /// <param name="keys">Only these keys, added up; null for all.</param>
    /// <param name="bounds">Starts of the windows in order, and the end of the last one.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <returns>What each window holds, one less than there are bounds: equal to reading each by itself. Least and greatest are not told.</returns>
    public static async Task<CarriedQuantity[]> WindowsAsync(
        NpgsqlConnection connection, int tenantId, AttributionSchedule attribution, StoredMeter meter, RollupScope scope, IReadOnlyCollection<string>? keys, IReadOnlyList<Instant> bounds, CancellationToken cancel)
    {
        var windows = new CarriedQuantity[bounds.Count - 1];
        Array.Fill(windows, CarriedQuantity.None);
        var hours = bounds.Select(b => RollupTier.Hour.StartOf(b)).ToArray();
        var isOff = Enumerable.Range(0, bounds.Count).Where(i => hours[i] != bounds[i]).ToArray();
        var isLevel = meter.Meter.Aggregation == Aggregation.TimeWeightedSum;
        await using (var select = new NpgsqlCommand(isLevel ? LevelWindowsSql : WindowsSql, connection))
        {
            // An hour in which one window ends and the next begins is left to its events.
            var slices = Enumerable.Range(0, windows.Length).Select(i => (From: RollupTier.Hour.Ceiling(bounds[i]), To: hours[i + 1])).Where(w => w.From < w.To)
                .SelectMany(w => RollupSlices.Cover([meter], w.From, w.To)).ToList();
            select.Parameters.AddRange(RollupSlices.Parameters(tenantId, scope, keys, slices));
            select.Parameters.Add(SqlValue.Times(bounds.SkipLast(1)));
            await using var rows = await select.ExecuteReaderAsync(cancel);
            while (await rows.ReadAsync(cancel)) Add(rows.GetInt32(0) - 1, MeterReports.ReadSum(rows, 1), bounds[rows.GetInt32(0) - 1]);
        }
        foreach (var i in isOff)
        {
            if (i > 0) await AddPartAsync(i - 1, Instant.Max(bounds[i - 1], hours[i]), bounds[i]);
            if (i < windows.Length && RollupTier.Hour.Ceiling(bounds[i]) <= bounds[i + 1]) await AddPartAsync(i, bounds[i], RollupTier.Hour.Ceiling(bounds[i]));
        }
        if (isLevel)
        {
            var before = await ReadAsync(connection, tenantId, attribution, [meter], scope, keys, new TimeRange(bounds[0] - Duration.FromTicks(10), bounds[0]), cancel);
            var level = before.Values.Aggregate(Quantity.Zero, (sum, q) => sum + q.Level);
            for (var i = 0; i < windows.Length; i++)
            {
                windows[i] = windows[i] with { Integral = windows[i].Integral + Integral.Of(level, Micros(bounds[i], bounds[i + 1])), Level = level + windows[i].Sum };
                level = windows[i].Level;
            }
        }
        return windows;

        void Add(int window, RollupSum sum, Instant since) => windows[window] += Held(sum, since, bounds[window + 1]);

        async Task AddPartAsync(int window, Instant from, Instant to)
        {
            if (from >= to) return;
            await AddEdgeAsync(connection, tenantId, attribution, [meter], scope, keys, from, to, fold =>
            {
                foreach (var (key, state) in Asked(fold, scope, keys)) Add(window, new RollupSum(state.Count, state.Sum, state.Moment, null, null), key.Hour);
            }, cancel);
        }
    }

    private static long Micros(Instant from, Instant to) => (to.ToUnixTimeTicks() - from.ToUnixTimeTicks()) / 10;

    // A row as it counts until an end; its moment counts from its own start.
    private static CarriedQuantity Held(RollupSum sum, Instant since, Instant end) =>
        new(sum.Count, sum.Sum, Integral.Of(sum.Sum, Micros(since, end)) - sum.Moment, sum.Sum, sum.Min, sum.Max);

    private static void Add(Dictionary<(string, int), CarriedQuantity> to, (string Key, int Meter) key, RollupSum sum, Instant since, Instant end) =>
        to[key] = to.GetValueOrDefault(key, CarriedQuantity.None) + Held(sum, since, end);

    private static IEnumerable<KeyValuePair<RollupKey, RollupState>> Asked(RollupFold fold, RollupScope scope, IReadOnlyCollection<string>? keys) =>
        fold.Rows.Where(r => r.Key.Scope == scope && (keys is null || keys.Contains(r.Key.Key)));

    private static void Within(Dictionary<(string, int), CarriedQuantity> result, RollupFold fold, RollupScope scope, IReadOnlyCollection<string>? keys, Instant end)
    {
        foreach (var (key, state) in Asked(fold, scope, keys))
            Add(result, (key.Key, key.Meter), new RollupSum(state.Count, state.Sum, state.Moment, state.Min, state.Max), key.Hour, end);
    }

    private static void Before(
        Dictionary<(string, int), Quantity> before, RollupFold fold, StoredMeter[] levels, RollupScope scope, IReadOnlyCollection<string>? keys)
    {
        foreach (var (key, state) in Asked(fold, scope, keys).Where(r => levels.Any(m => m.Id == r.Key.Meter)))
            before[(key.Key, key.Meter)] = before.GetValueOrDefault((key.Key, key.Meter)) + state.Sum;
    }

    private static async Task AddEdgeAsync(
        NpgsqlConnection connection, int tenantId, AttributionSchedule attribution, StoredMeter[] meters, RollupScope scope, IReadOnlyCollection<string>? keys, Instant from, Instant to,
        Action<RollupFold> use, CancellationToken cancel)
    {
        var edge = new TimeRange(from, to);
        var fold = new RollupFold(attribution, edge);
        var read = meters.Where(m => !m.Meter.IsStorage).ToArray();
        await AddEventsAsync(fold, read, from);
        // Where another policy begins in the edge, levels of all the past pass to other carriers there.
        if (scope == RollupScope.Carrier && attribution.Changes.Any(edge.Contains)) await AddEventsAsync(fold, [.. read.Where(m => m.Meter.Aggregation == Aggregation.TimeWeightedSum)], null, before: from);

        if (meters.FirstOrDefault(m => m.Meter.IsStorage) is { } storage)
        {
            var key = scope switch { RollupScope.Carrier => "carrier", RollupScope.Subject => "coalesce(subject, '')", _ => "coalesce(grp, '')" };
            await using var select = new NpgsqlCommand($"""
                SELECT {StorageLedger.DeltaColumns} FROM storage_delta
                WHERE tenant_id = $1 AND time >= $2 AND time < $3 AND ($4::text[] IS NULL OR {key} = ANY($4))
                """, connection)
            { Parameters = { new() { Value = tenantId }, SqlValue.Time(from), SqlValue.Time(to), SqlValue.Texts(keys) } };
            await using var rows = await select.ExecuteReaderAsync(cancel);
            while (await rows.ReadAsync(cancel)) fold.Add(storage.Id, StorageLedger.ReadDelta(rows), 1);
        }
        use(fold);

        async Task AddEventsAsync(RollupFold into, StoredMeter[] of, Instant? since, Instant? before = null)
        {
            var types = of.SelectMany(m => m.Meter.Sources.Select(s => s.EventType)).Distinct().ToArray();
            if (types.Length == 0) return;
            foreach (var meter in of) NoLongerKeptException.ThrowIfBefore(meter, since);
            var (subjects, groups) = Named(scope, keys);
            await using var select = new NpgsqlCommand($"""
                SELECT {EventReports.UsageColumns} FROM ledger
                WHERE tenant_id = $1 AND type = ANY($2) AND ($3::timestamptz IS NULL OR time >= $3) AND time < $4 AND voided_at IS NULL
                  AND ($5::text[] IS NULL OR coalesce(subject, '') = ANY($5) OR coalesce(grp, '') = ANY($6))
                """, connection)
            {
                Parameters =
                {
                    new() { Value = tenantId }, new() { Value = types },
                    SqlValue.Time(since), SqlValue.Time(before ?? to), SqlValue.Texts(subjects), SqlValue.Texts(groups),
                },
            };
            await using var rows = await select.ExecuteReaderAsync(cancel);
            while (await rows.ReadAsync(cancel))
            {
                var e = EventReports.ReadUsage(rows);
                foreach (var meter in of) into.Add(meter, e);
            }
        }
    }

    // The subjects and groups of events that may count for these keys; '' stands for events without one. Which they count for, the fold says.
    private static (string[]? Subjects, string[]? Groups) Named(RollupScope scope, IReadOnlyCollection<string>? keys) => keys is null ? (null, null) : scope switch
    {
        RollupScope.Subject => ([.. keys], []),
        RollupScope.Group => ([], [.. keys]),
        _ => ([.. keys.Select(k => new Carrier(k)).Where(c => !c.IsGroup).Select(c => c.Name)], [.. keys.Select(k => new Carrier(k)).Where(c => c.IsGroup).Select(c => c.Name)]),
    };
}

using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Infrastructure.Forecasting;

/// <summary>
/// What one meter's carriers have by calendar day, read at once: changes of stored bytes, or amounts. Any number of accounts and days is
/// then cut out of it, also as they were on an earlier day.
/// </summary>
internal sealed class DailySeries
{
    private static readonly string AmountsSql =
        $"SELECT key, width_bucket(start, $8::timestamptz[]), sum(sum) FROM ({RollupSlices.Rows}) r WHERE key <> '' GROUP BY 1, 2";

    // The day before all days holds what was there before.
    private readonly Dictionary<string, SortedList<LocalDate, Quantity>> _byCarrier = new(StringComparer.Ordinal);

    private DailySeries()
    {
    }

    /// <summary>All carriers that have anything.</summary>
    public IReadOnlyCollection<string> Carriers => _byCarrier.Keys;

    /// <summary>Changes of stored bytes up to an instant; what lies before the first day is one change on the day before it.</summary>
    /// <param name="connection">Reads through this connection's snapshot.</param>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="carriers">Only these; null for all.</param>
    /// <param name="zone">Whose calendar days.</param>
    /// <param name="first">First day.</param>
    /// <param name="until">The instant up to which changes count.</param>
    /// <param name="cancel">Ends the reading.</param>
    public static async Task<DailySeries> StorageAsync(
        NpgsqlConnection connection, int tenantId, IReadOnlyCollection<string>? carriers, DateTimeZone zone, LocalDate first, Instant until, CancellationToken cancel)
    {
        var days = StartsOfDays(zone, first, until);
        if (days.Length == 0) return new DailySeries();
        await using var select = new NpgsqlCommand("""
            SELECT carrier, width_bucket(time, $4), sum(delta) FROM storage_delta
            WHERE tenant_id = $1 AND ($2::text[] IS NULL OR carrier = ANY($2)) AND time <= $3 AND carrier <> '' GROUP BY 1, 2
            """, connection)
        { Parameters = { new() { Value = tenantId }, SqlValue.Texts(carriers), SqlValue.Time(until), SqlValue.Times(days) } };
        return await ReadAsync(select, first, cancel);
    }

    /// <summary>Amounts of a meter that counts or sums, by the day in which their hour begins; of UTC's own days from rows by day.</summary>
    /// <inheritdoc cref="StorageAsync"/>
    public static async Task<DailySeries> AmountsAsync(
        NpgsqlConnection connection, int tenantId, StoredMeter meter, IReadOnlyCollection<string>? carriers, DateTimeZone zone, LocalDate first, Instant until, CancellationToken cancel)
    {
        var days = StartsOfDays(zone, first, until);
        if (days.Length == 0) return new DailySeries();
        await using var select = new NpgsqlCommand(AmountsSql, connection);
        var slices = RollupSlices.Cover([meter], days[0], RollupFold.HourOf(until) + Duration.FromHours(1), days);
        select.Parameters.AddRange(RollupSlices.Parameters(tenantId, RollupScope.Carrier, carriers, slices));
        select.Parameters.Add(SqlValue.Times(days));
        await select.PrepareAsync(cancel);
        return await ReadAsync(select, first, cancel);
    }

    // They come from here, not from the server: a billing zone may change, and the server knows single zones only.
    private static Instant[] StartsOfDays(DateTimeZone zone, LocalDate first, Instant until) =>
        [.. Enumerable.Range(0, Math.Max(0, Period.DaysBetween(first, until.InZone(zone).Date) + 1)).Select(day => zone.AtStartOfDay(first.PlusDays(day)).ToInstant())];

    private static async Task<DailySeries> ReadAsync(NpgsqlCommand select, LocalDate first, CancellationToken cancel)
    {
        var series = new DailySeries();
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            if (!series._byCarrier.TryGetValue(rows.GetString(0), out var own)) series._byCarrier[rows.GetString(0)] = own = [];
            own.Add(first.PlusDays(rows.GetInt32(1) - 1), rows.GetQuantity(2));
        }
        return series;
    }

    /// <summary>Levels at the end of each day from the first byte on, of carriers together.</summary>
    public IReadOnlyList<(LocalDate Day, decimal Level)> Levels(IEnumerable<string> carriers, LocalDate from, LocalDate to)
    {
        var changes = Together(carriers, to);
        var levels = new List<(LocalDate, decimal)>();
        if (changes.Count == 0) return levels;
        var (level, at) = (Quantity.Zero, 0);
        for (var day = LocalDate.Max(from, changes.Keys[0]); day <= to; day = day.PlusDays(1))
        {
            for (; at < changes.Count && changes.Keys[at] <= day; at++) level += changes.Values[at];
            levels.Add((day, level.ToDecimal()));
        }
        return levels;
    }

    /// <summary>Amounts of the days that have any, and of the last day, of carriers together.</summary>
    public IReadOnlyList<(LocalDate Day, decimal Amount)> Amounts(IEnumerable<string> carriers, LocalDate from, LocalDate to)
    {
        var amounts = Together(carriers, to).Where(a => a.Key >= from).Select(a => (a.Key, a.Value.ToDecimal())).ToList();
        if (amounts.Count > 0 && amounts[^1].Key != to) amounts.Add((to, 0m));
        return amounts;
    }

    private SortedList<LocalDate, Quantity> Together(IEnumerable<string> carriers, LocalDate to)
    {
        var sums = new SortedList<LocalDate, Quantity>();
        foreach (var carrier in carriers)
        {
            if (!_byCarrier.TryGetValue(carrier, out var own)) continue;
            foreach (var (day, quantity) in own.TakeWhile(o => o.Key <= to)) sums[day] = sums.GetValueOrDefault(day) + quantity;
        }
        return sums;
    }
}

using NodaTime;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>A stretch of time that is read from one tier of a meter's rollups.</summary>
internal readonly record struct RollupSlice(int Meter, RollupTier Tier, Instant From, Instant To);

/// <summary>Cuts a range into the longest spans that stand: months, days beside them, hours at the rims. Every reader of rollups goes through here.</summary>
internal static class RollupSlices
{
    /// <summary>
    /// The rows of all slices: <c>meter_id, key, start, count, sum, moment, min, max</c>. Takes $1 tenant, $2 scope, $3 keys or null, and the
    /// slices as $4 to $7; what follows begins at $8.
    /// </summary>
    public static readonly string Rows = string.Join("\nUNION ALL\n", RollupTier.All.Select(tier => $"""
        SELECT r.* FROM unnest($4::int[], $5::int[], $6::timestamptz[], $7::timestamptz[]) s(tier, meter, since, until)
        CROSS JOIN LATERAL (
            SELECT meter_id, key, {tier.Column} AS start, count, sum, moment, min, max FROM {tier.Table}
            WHERE tenant_id = $1 AND meter_id = s.meter AND scope = $2 AND ($3::text[] IS NULL OR key = ANY($3)) AND {tier.Column} >= s.since AND {tier.Column} < s.until AND count <> 0
            {DistributedTables.Fence}) r -- keeps the planner from joining in any other way than slice by slice
        WHERE s.tier = {tier.Number}
        """));

    /// <summary>The parameters $1 to $7.</summary>
    public static NpgsqlParameter[] Parameters(int tenantId, RollupScope scope, IReadOnlyCollection<string>? keys, IReadOnlyCollection<RollupSlice> slices) =>
    [
        new() { Value = tenantId },
        new() { Value = (short)scope },
        SqlValue.Texts(keys),
        new() { Value = slices.Select(s => s.Tier.Number).ToArray() },
        new() { Value = slices.Select(s => s.Meter).ToArray() },
        SqlValue.Times(slices.Select(s => s.From)),
        SqlValue.Times(slices.Select(s => s.To)),
    ];

    /// <summary>What of which tier to read for a range that begins and ends on whole hours.</summary>
    /// <param name="meters">The meters, each as far as its days and months stand. They must be no newer than the rows that are read.</param>
    /// <param name="from">The range's start; null for all the past.</param>
    /// <param name="to">The range's end.</param>
    /// <param name="cuts">Starts of windows: no slice's row reaches over one.</param>
    public static List<RollupSlice> Cover(IEnumerable<StoredMeter> meters, Instant? from, Instant to, IEnumerable<Instant>? cuts = null)
    {
        var start = from ?? Instant.MinValue;
        Instant[] bounds = [start, .. (cuts ?? []).Where(c => c > start && c < to), to];
        var slices = new List<RollupSlice>();
        foreach (var meter in meters)
        {
            for (var i = 1; i < bounds.Length; i++) Cut(meter, bounds[i - 1], bounds[i], slices);
        }
        return slices;
    }

    private static void Cut(StoredMeter meter, Instant from, Instant to, List<RollupSlice> slices)
    {
        var (firstDay, lastDay) = (RollupTier.Day.Ceiling(from), Instant.Min(RollupTier.Day.StartOf(to), meter.TieredUntil ?? Instant.MinValue));
        if (firstDay >= lastDay)
        {
            Add(RollupTier.Hour, from, to);
            return;
        }
        var (firstMonth, lastMonth) = (RollupTier.Month.Ceiling(firstDay), RollupTier.Month.StartOf(lastDay));
        if (firstMonth >= lastMonth) (firstMonth, lastMonth) = (lastDay, lastDay);
        Add(RollupTier.Hour, from, firstDay);
        Add(RollupTier.Day, firstDay, firstMonth);
        Add(RollupTier.Month, firstMonth, lastMonth);
        Add(RollupTier.Day, lastMonth, lastDay);
        Add(RollupTier.Hour, lastDay, to);

        // Neighbours of one tier become one: windows are told apart afterwards.
        void Add(RollupTier tier, Instant since, Instant until)
        {
            if (since >= until) return;
            if (slices.Count > 0 && slices[^1] is var last && last.Meter == meter.Id && last.Tier == tier && last.To == since) slices[^1] = last with { To = until };
            else slices.Add(new RollupSlice(meter.Id, tier, since, until));
        }
    }
}

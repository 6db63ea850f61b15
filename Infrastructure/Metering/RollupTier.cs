using NodaTime;
using Npgsql;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>
/// How long a span one row of rollups covers. Hours are kept with every event; days stand behind hours that are past, months behind days:
/// so a question about a year reads twelve rows of a key instead of thousands. All spans are of UTC.
/// </summary>
public sealed class RollupTier
{
    /// <summary>Clock hours.</summary>
    public static readonly RollupTier Hour = new(0, "hour", RollupFold.HourOf);

    /// <summary>Days.</summary>
    public static readonly RollupTier Day = new(1, "day", time => time.InUtc().Date.AtMidnight().InUtc().ToInstant());

    /// <summary>Calendar months.</summary>
    public static readonly RollupTier Month = new(2, "month", time => time.InUtc().Date.With(DateAdjusters.StartOfMonth).AtMidnight().InUtc().ToInstant());

    /// <summary>All of them, the shortest first.</summary>
    public static readonly IReadOnlyList<RollupTier> All = [Hour, Day, Month];

    private readonly Func<Instant, Instant> _startOf;

    private RollupTier(int number, string name, Func<Instant, Instant> startOf)
    {
        (Number, Column, _startOf) = (number, name, startOf);
        Upsert = $"""
            INSERT INTO {Table} AS r (tenant_id, meter_id, scope, key, {Column}, count, sum, moment, min, max)
            SELECT $1, n.* FROM unnest($2::int[], $3::smallint[], $4::text[], $5::timestamptz[], $6::bigint[], $7::numeric[], $8::numeric[], $9::numeric[], $10::numeric[]) n
            ON CONFLICT (tenant_id, meter_id, scope, key, {Column}) DO UPDATE SET
                count = r.count + excluded.count, sum = r.sum + excluded.sum, moment = r.moment + excluded.moment,
                min = least(r.min, excluded.min), max = greatest(r.max, excluded.max)
            """;
        Pass = [
            $"""
            INSERT INTO {Table} (tenant_id, meter_id, scope, key, {Column}, count, sum, moment, min, max)
            SELECT tenant_id, meter_id, scope, $4, {Column}, count, sum, moment, min, max FROM {Table} WHERE tenant_id = $1 AND scope = $2 AND key = $3
            """,
            $"DELETE FROM {Table} WHERE tenant_id = $1 AND scope = $2 AND key = $3",
        ];
    }

    /// <summary>Its place among the tiers: what a statement knows it by.</summary>
    internal int Number { get; }

    /// <summary>The column of a span's start, which is also the word for the span.</summary>
    public string Column { get; }

    /// <summary>The table.</summary>
    public string Table => "rollup_" + Column;

    /// <summary>Adds rows to the table.</summary>
    internal string Upsert { get; }

    // Not by an update: where the table is spread, the key says on which server a row is.
    private string[] Pass { get; }

    /// <summary>Passes all rows of a key on to another one, which has none.</summary>
    internal static async Task PassAsync(NpgsqlConnection connection, int tenantId, RollupScope scope, string key, string newKey, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var sql in All.SelectMany(tier => tier.Pass))
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql) { Parameters = { new() { Value = tenantId }, new() { Value = (short)scope }, new() { Value = key }, new() { Value = newKey } } });
        await batch.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>The start of the span in which an instant lies.</summary>
    public Instant StartOf(Instant time) => _startOf(time);

    /// <summary>The first start of a span that is not before an instant.</summary>
    public Instant Ceiling(Instant time) => StartOf(time) is var start && start == time ? time : this == Month
        ? time.InUtc().Date.With(DateAdjusters.StartOfMonth).PlusMonths(1).AtMidnight().InUtc().ToInstant()
        : start + (this == Day ? Duration.FromDays(1) : Duration.FromHours(1));

    public override string ToString() => Column;
}

using System.Collections.Concurrent;
using System.Text.Json;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>A place in the ledger's order of time and key: everything up to it is counted.</summary>
public sealed record LedgerPosition(Instant Time, Guid Key)
{
    /// <summary>Whether an event lies at this place or before it. Keys compare as PostgreSQL's uuid does: byte by byte.</summary>
    public bool Covers(UsageEvent e) => e.Time < Time || (e.Time == Time && Compare(e.Key, Key) <= 0);

    private static int Compare(Guid a, Guid b)
    {
        Span<byte> left = stackalloc byte[16], right = stackalloc byte[16];
        a.TryWriteBytes(left, bigEndian: true, out _);
        b.TryWriteBytes(right, bigEndian: true, out _);
        return left.SequenceCompareTo(right);
    }
}

/// <summary>A meter with the number that its rollups carry.</summary>
/// <param name="Id">The number of its rollups.</param>
/// <param name="Meter">What it counts.</param>
/// <param name="BuiltIn">Whether every tenant starts with it.</param>
public sealed record StoredMeter(int Id, Meter Meter, bool BuiltIn)
{
    /// <summary>The number that the wire shows: that of its first definition.</summary>
    public int PublicId { get; init; } = Id;

    /// <summary>Whether its rollups hold every stored event. Until then no figure can be told from them.</summary>
    public bool IsWhole { get; init; } = true;

    /// <summary>Up to where stored events are in its rollups, while they are being made; null where none is yet.</summary>
    public LedgerPosition? Position { get; init; }

    /// <summary>How much is counted, 0 to 1.</summary>
    public decimal Progress { get; init; } = 1m;

    /// <summary>Up to where days stand behind the hours of its rollups, and months behind the days; null where none do.</summary>
    public Instant? TieredUntil { get; init; }

    /// <summary>From when on all events that it reads are kept; null where that is the beginning. Its rollups hold those too that are not.</summary>
    public Instant? KeptFrom { get; init; }

    /// <summary>The changed definition that is being counted beside it; null where there is none.</summary>
    public StoredMeter? Next { get; init; }

    /// <summary>Whether an event is, or is to be, in its rollups now: what lies beyond its position is counted when that comes there.</summary>
    public bool Counts(UsageEvent e) => IsWhole || Position?.Covers(e) == true;
}

/// <summary>What one tenant counts and how, as of one version of its catalog: its meters, its attribution policies, and its groups' old slugs.</summary>
public sealed class MeterSet
{
    private readonly Dictionary<string, StoredMeter> _bySlug;
    private readonly Dictionary<string, StoredMeter[]> _byType;
    private readonly IReadOnlyDictionary<string, string> _presentSlugs;
    private readonly Dictionary<int, Instant> _tieredUntil;

    /// <summary>A set.</summary>
    /// <param name="version">The catalog's version.</param>
    /// <param name="definitions">All definitions that are whole or being counted.</param>
    /// <param name="attribution">Who carries, by date.</param>
    /// <param name="presentSlugs">Old slugs of groups.</param>
    /// <param name="closedUntil">The end of the last closed month.</param>
    public MeterSet(long version, IReadOnlyList<StoredMeter> definitions, AttributionSchedule attribution, IReadOnlyDictionary<string, string> presentSlugs, Instant? closedUntil)
    {
        (Version, Attribution, ClosedUntil, _presentSlugs) = (version, attribution, closedUntil, presentSlugs);
        All = [.. definitions.GroupBy(m => m.Meter.Slug, StringComparer.Ordinal).Select(Shown).OrderBy(m => m.PublicId)];
        _bySlug = All.ToDictionary(m => m.Meter.Slug, StringComparer.Ordinal);
        _byType = definitions.SelectMany(m => m.Meter.Sources.Select(s => s.EventType).Distinct().Select(type => (type, m)))
            .GroupBy(x => x.type, x => x.m, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
        Definitions = definitions;
        _tieredUntil = definitions.Where(m => m.TieredUntil is not null).ToDictionary(m => m.Id, m => m.TieredUntil!.Value);
    }

    /// <summary>Meters to be looked up only.</summary>
    public MeterSet(IReadOnlyList<StoredMeter> meters)
        : this(0, meters, AttributionSchedule.Default, new Dictionary<string, string>(), null)
    {
    }

    /// <summary>The catalog's version.</summary>
    public long Version { get; }

    /// <summary>From when on traffic is kept; null where all of it is.</summary>
    public Instant? KeptFrom { get; init; }

    /// <summary>Whether the events behind a row of rollups are all kept.</summary>
    internal bool AreEventsKept(RollupKey row) => KeptFrom is not { } kept || row.Hour >= kept || !Definitions.Any(m => m.Id == row.Meter && m.KeptFrom is not null);

    /// <summary>Groups that ask something of their members: only for these has a quota check to look further. By present slug.</summary>
    public IReadOnlySet<string> GroupsWithPolicy { get; init; } = new HashSet<string>();

    /// <summary>Those of them with a budget that asks or pauses. By present slug.</summary>
    public IReadOnlySet<string> GroupsWithBudget { get; init; } = new HashSet<string>();

    /// <summary>All meters in order of their making, each by the definition whose numbers are whole, where there is one.</summary>
    public IReadOnlyList<StoredMeter> All { get; }

    /// <summary>All definitions that have rollups, those being counted too.</summary>
    public IReadOnlyList<StoredMeter> Definitions { get; }

    /// <summary>Who carries, by date.</summary>
    public AttributionSchedule Attribution { get; }

    /// <summary>Up to where a definition has rows of a tier; the beginning of time where it has none.</summary>
    internal Instant TierEnd(int definition, RollupTier tier) => _tieredUntil.TryGetValue(definition, out var until) ? tier.StartOf(until) : Instant.MinValue;

    /// <summary>The end of the last closed month: what happens before it touches frozen statements. Null where none is closed.</summary>
    public Instant? ClosedUntil { get; }

    /// <summary>A carrier's key with its group's present slug.</summary>
    public string Present(string carrier) =>
        _presentSlugs.Count > 0 && carrier.StartsWith("group:", StringComparison.Ordinal) && _presentSlugs.TryGetValue(carrier[6..], out var slug) ? "group:" + slug : carrier;

    /// <summary>The keys under which a carrier's changes may stand: a group's present slug and its old ones.</summary>
    public IEnumerable<string> KeysOf(string presentCarrier) =>
        presentCarrier.StartsWith("group:", StringComparison.Ordinal)
            ? _presentSlugs.Where(s => s.Value == presentCarrier[6..]).Select(s => "group:" + s.Key).Prepend(presentCarrier)
            : [presentCarrier];

    /// <summary>A meter by its slug, or null.</summary>
    public StoredMeter? Find(string slug) => _bySlug.GetValueOrDefault(slug);

    /// <summary>The definitions that read events of a type, those being counted too.</summary>
    public IReadOnlyList<StoredMeter> Reading(string eventType) => _byType.GetValueOrDefault(eventType) ?? [];

    private static StoredMeter Shown(IGrouping<string, StoredMeter> ofSlug) =>
        ofSlug.FirstOrDefault(m => m.IsWhole) is { } whole ? whole with { Next = ofSlug.FirstOrDefault(m => !m.IsWhole) } : ofSlug.First();
}

/// <summary>
/// The meters in force. A process keeps them, and asks for the version at each use: a change made by any process holds from the next
/// transaction on.
/// </summary>
public sealed class MeterCatalog(NpgsqlDataSource dataSource)
{
    /// <summary>Asks for the version of a tenant's catalog.</summary>
    internal const string VersionSql = "SELECT catalog_version FROM tenant WHERE id = $1";

    private readonly ConcurrentDictionary<int, MeterSet> _kept = new();

    /// <summary>The meters now.</summary>
    public async Task<MeterSet> GetAsync(int tenantId, CancellationToken cancel)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancel);
        return await GetAsync(connection, tenantId, cancel);
    }

    /// <summary>The meters as of the moment at which the tenant was read, or later.</summary>
    public async Task<MeterSet> GetAsync(Tenant tenant, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        return _kept.TryGetValue(tenant.Id, out var kept) && kept.Version == tenant.CatalogVersion ? kept : await GetAsync(tenant.Id, cancel);
    }

    /// <summary>The meters as one transaction sees them.</summary>
    public async Task<MeterSet> GetAsync(NpgsqlConnection connection, int tenantId, CancellationToken cancel)
    {
        await using var version = new NpgsqlCommand(VersionSql, connection) { Parameters = { new() { Value = tenantId } } };
        await version.PrepareAsync(cancel);
        return await GetAsync(connection, tenantId, (long)(await version.ExecuteScalarAsync(cancel) ?? throw new InvalidOperationException($"There is no tenant {tenantId}.")), cancel);
    }

    /// <summary>The meters of a version that the transaction has just read.</summary>
    internal async Task<MeterSet> GetAsync(NpgsqlConnection connection, int tenantId, long now, CancellationToken cancel)
    {
        if (_kept.TryGetValue(tenantId, out var kept) && kept.Version == now) return kept;
        return _kept[tenantId] = await ReadAsync(connection, tenantId, now, cancel);
    }

    /// <summary>
    /// Says that what is counted, or how, has changed in this transaction, and reads it as the transaction sees it. Not kept, since the
    /// transaction may be rolled back.
    /// </summary>
    internal static async Task<MeterSet> ChangedAsync(NpgsqlConnection connection, int tenantId, CancellationToken cancel)
    {
        await using var bump = new NpgsqlCommand("UPDATE tenant SET catalog_version = catalog_version + 1 WHERE id = $1 RETURNING catalog_version", connection) { Parameters = { new() { Value = tenantId } } };
        return await ReadAsync(connection, tenantId, (long)(await bump.ExecuteScalarAsync(cancel))!, cancel);
    }

    private static async Task<MeterSet> ReadAsync(NpgsqlConnection connection, int tenantId, long version, CancellationToken cancel)
    {
        var meters = new List<StoredMeter>();
        var kept = await TrafficSweep.KeptFromAsync(connection, cancel);
        await using var select = new NpgsqlCommand("""
            SELECT id, definition::text, built_in, coalesce(first_id, id), counted_at IS NOT NULL, position_time, position_key, counted_events, total_events, tiered_until
            FROM meter WHERE tenant_id = $1 AND archived_at IS NULL ORDER BY id
            """, connection)
        { Parameters = { new() { Value = tenantId } } };
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel))
            {
                var isWhole = rows.GetBoolean(4);
                var meter = Parse(rows.GetString(1));
                meters.Add(new StoredMeter(rows.GetInt32(0), meter, rows.GetBoolean(2))
                {
                    KeptFrom = Traffic.IsReadBy(meter) ? kept : null,
                    PublicId = rows.GetInt32(3),
                    IsWhole = isWhole,
                    Position = rows.IsDBNull(5) ? null : new LedgerPosition(rows.GetFieldValue<Instant>(5), rows.GetGuid(6)),
                    TieredUntil = rows.IsDBNull(9) ? null : rows.GetFieldValue<Instant>(9),
                    Progress = isWhole ? 1m : decimal.Round(rows.GetInt64(7) / (decimal)Math.Max(1, Math.Max(rows.GetInt64(7), rows.GetInt64(8))), 4),
                });
            }
        }
        AttributionSchedule attribution;
        await using (var terms = new NpgsqlCommand("SELECT terms::text FROM tenant WHERE id = $1", connection) { Parameters = { new() { Value = tenantId } } })
            attribution = Tenant.ScheduleOf(TenantTable.Read((string)(await terms.ExecuteScalarAsync(cancel))!));
        var slugs = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var former = new NpgsqlCommand("SELECT old_key, key FROM group_slug WHERE tenant_id = $1", connection) { Parameters = { new() { Value = tenantId } } };
        await using (var rows = await former.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel)) slugs[rows.GetString(0)] = rows.GetString(1);
        }
        var (governed, budgeted) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        await using (var policies = new NpgsqlCommand("SELECT group_key, jsonb_exists(policy, 'budgets') FROM group_policy WHERE tenant_id = $1 AND ended_at IS NULL", connection) { Parameters = { new() { Value = tenantId } } })
        await using (var rows = await policies.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel))
            {
                governed.Add(rows.GetString(0));
                if (rows.GetBoolean(1)) budgeted.Add(rows.GetString(0));
            }
        }
        await using var closed = new NpgsqlCommand("SELECT max(ends_at) FROM closed_period WHERE tenant_id = $1", connection) { Parameters = { new() { Value = tenantId } } };
        await using var last = await closed.ExecuteReaderAsync(cancel);
        await last.ReadAsync(cancel);
        return new MeterSet(version, meters, attribution, slugs, last.IsDBNull(0) ? null : last.GetFieldValue<Instant>(0)) { KeptFrom = kept, GroupsWithPolicy = governed, GroupsWithBudget = budgeted };
    }

    internal static Meter Parse(string definition)
    {
        using var json = JsonDocument.Parse(definition);
        var faults = new List<Domain.InputFault>();
        return MeterJson.Read(json.RootElement, null, faults)
            ?? throw new InvalidOperationException("A stored meter does not read: " + string.Join("; ", faults.Select(f => f.Detail)));
    }
}

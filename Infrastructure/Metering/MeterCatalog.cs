using System.Collections.Concurrent;
using System.Text.Json;
using Npgsql;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>A meter with the number that its rollups carry.</summary>
public sealed record StoredMeter(int Id, Meter Meter, bool BuiltIn);

/// <summary>The meters of one tenant as of one version of its catalog.</summary>
public sealed class MeterSet(long version, IReadOnlyList<StoredMeter> all)
{
    private readonly Dictionary<string, StoredMeter> _bySlug = all.ToDictionary(m => m.Meter.Slug, StringComparer.Ordinal);

    private readonly Dictionary<string, StoredMeter[]> _byType = all
        .SelectMany(m => m.Meter.Sources.Select(s => s.EventType).Distinct().Select(type => (type, m)))
        .GroupBy(x => x.type, x => x.m, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);

    /// <summary>The catalog's version.</summary>
    public long Version => version;

    /// <summary>All meters in order of their making.</summary>
    public IReadOnlyList<StoredMeter> All => all;

    /// <summary>A meter by its slug, or null.</summary>
    public StoredMeter? Find(string slug) => _bySlug.GetValueOrDefault(slug);

    /// <summary>The meters that read events of a type.</summary>
    public IReadOnlyList<StoredMeter> Reading(string eventType) => _byType.GetValueOrDefault(eventType) ?? [];
}

/// <summary>
/// The meters in force. A process keeps them, and asks for the version at each use: a change made by any process holds from the next
/// transaction on.
/// </summary>
public sealed class MeterCatalog(NpgsqlDataSource dataSource)
{
    private readonly ConcurrentDictionary<int, MeterSet> _kept = new();

    /// <summary>The meters now.</summary>
    public async Task<MeterSet> GetAsync(int tenantId, CancellationToken cancel)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancel);
        return await GetAsync(connection, tenantId, cancel);
    }

    /// <summary>The meters as one transaction sees them.</summary>
    public async Task<MeterSet> GetAsync(NpgsqlConnection connection, int tenantId, CancellationToken cancel)
    {
        await using var version = new NpgsqlCommand("SELECT catalog_version FROM tenant WHERE id = $1", connection) { Parameters = { new() { Value = tenantId } } };
        var now = (long)(await version.ExecuteScalarAsync(cancel) ?? throw new InvalidOperationException($"There is no tenant {tenantId}."));
        if (_kept.TryGetValue(tenantId, out var kept) && kept.Version == now) return kept;

        var meters = new List<StoredMeter>();
        await using var select = new NpgsqlCommand(
            "SELECT id, definition::text, built_in FROM meter WHERE tenant_id = $1 AND archived_at IS NULL ORDER BY id", connection)
        { Parameters = { new() { Value = tenantId } } };
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel)) meters.Add(new StoredMeter(rows.GetInt32(0), Parse(rows.GetString(1)), rows.GetBoolean(2)));
        }
        return _kept[tenantId] = new MeterSet(now, meters);
    }

    internal static Meter Parse(string definition)
    {
        using var json = JsonDocument.Parse(definition);
        var faults = new List<Domain.InputFault>();
        return MeterJson.Read(json.RootElement, null, faults)
            ?? throw new InvalidOperationException("A stored meter does not read: " + string.Join("; ", faults.Select(f => f.Detail)));
    }
}

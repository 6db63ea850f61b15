using System.Diagnostics;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Storage;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Storage;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>
/// One transaction of the ledger: claims identities, stores the events, changes rollups and levels, ends reservations, and lets the
/// directory know whom it saw. All of it or nothing.
/// </summary>
internal static class LedgerTransaction
{
    private const string Claim = """
        INSERT INTO event_identity (tenant_id, key, content_hash, time)
        SELECT $1, n.* FROM unnest($2::uuid[], $3::bytea[], $4::timestamptz[]) n
        ON CONFLICT DO NOTHING RETURNING key
        """;

    public static async Task<AppendResult[]> RunAsync(
        NpgsqlDataSource dataSource, LedgerMonths months, MeterCatalog catalog, int tenantId, IReadOnlyList<AppendRequest> requests, DateTimeOffset now, MeteringMetrics metrics)
    {
        var known = new Dictionary<Guid, byte[]>();
        await months.EnsureAsync(requests.SelectMany(r => r.Events), CancellationToken.None);
        while (true)
        {
            var started = Stopwatch.GetTimestamp();
            await using var connection = await dataSource.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();

            var plan = Resolve(requests, known);
            var (someStood, version) = await ClaimAsync(connection, tenantId, plan.New, known);
            if (someStood)
            {
                var again = Resolve(requests, known);
                if (!plan.Results.Select(r => r.Stored).SequenceEqual(again.Results.Select(r => r.Stored)))
                {
                    // A request turned out to conflict, so what it claimed must not stand, nor count as known to the others.
                    await transaction.RollbackAsync();
                    continue;
                }
                plan = again;
            }
            if (plan.New.Count > 0)
            {
                var meters = await catalog.GetAsync(connection, tenantId, version, CancellationToken.None);
                await StoreAsync(connection, tenantId, plan.New, meters, Instant.FromDateTimeOffset(now));
            }
            await transaction.CommitAsync();
            metrics.Committed(plan.Results, plan.New, Stopwatch.GetElapsedTime(started));
            return plan.Results;
        }
    }

    private sealed record Plan(AppendResult[] Results, List<UsageEvent> New);

    // Decides in order of arrival what each event is, given what the database is known to hold.
    private static Plan Resolve(IReadOnlyList<AppendRequest> requests, Dictionary<Guid, byte[]> known)
    {
        var results = new AppendResult[requests.Count];
        var added = new Dictionary<Guid, UsageEvent>();
        for (var r = 0; r < requests.Count; r++)
        {
            var events = requests[r].Events;
            var own = new List<Guid>();
            var conflicts = new List<int>();
            var duplicates = 0;
            for (var i = 0; i < events.Count; i++)
            {
                var key = events[i].Key;
                var standing = known.GetValueOrDefault(key) ?? added.GetValueOrDefault(key)?.ContentHash;
                if (standing is null)
                {
                    added[key] = events[i];
                    own.Add(key);
                }
                else if (standing.AsSpan().SequenceEqual(events[i].ContentHash)) duplicates++;
                else conflicts.Add(i);
            }
            if (conflicts.Count > 0 && !requests[r].Partial)
            {
                foreach (var key in own) added.Remove(key);
                results[r] = new AppendResult(0, 0, conflicts, false);
                continue;
            }
            results[r] = new AppendResult(own.Count, duplicates, conflicts, true);
        }
        return new Plan(results, [.. added.Values]);
    }

    // In one round trip: the tenant's lock, the claim, and the version of the meters under that lock. True when some identities stood
    // already; they are then among the known.
    private static async Task<(bool SomeStood, long Version)> ClaimAsync(NpgsqlConnection connection, int tenantId, List<UsageEvent> events, Dictionary<Guid, byte[]> known)
    {
        if (events.Count == 0) return (false, 0);
        // In order of keys, so that two writers that claim the same ones wait in one direction.
        var sorted = events.Select(e => (e.Key, e.ContentHash, e.Time)).OrderBy(e => e.Key).ToArray();
        var standing = sorted.Select(e => e.Key).ToHashSet();
        long version;
        await using (var claim = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                TenantLock.Share(tenantId),
                new NpgsqlBatchCommand(Claim)
                {
                    Parameters =
                    {
                        new() { Value = tenantId },
                        new() { Value = Array.ConvertAll(sorted, e => e.Key) },
                        new() { Value = Array.ConvertAll(sorted, e => e.ContentHash) },
                        new() { Value = Array.ConvertAll(sorted, e => e.Time), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                    },
                },
                new NpgsqlBatchCommand(MeterCatalog.VersionSql) { Parameters = { new() { Value = tenantId } } },
            },
        })
        await using (var rows = await claim.ExecuteReaderAsync())
        {
            await rows.NextResultAsync();
            while (await rows.ReadAsync()) standing.Remove(rows.GetGuid(0));
            await rows.NextResultAsync();
            version = await rows.ReadAsync() ? rows.GetInt64(0) : throw new InvalidOperationException($"There is no tenant {tenantId}.");
        }
        if (standing.Count == 0) return (false, version);

        await using var select = new NpgsqlCommand("SELECT key, content_hash FROM event_identity WHERE tenant_id = $1 AND key = ANY($2)", connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = standing.ToArray() } },
        };
        await using var found = await select.ExecuteReaderAsync();
        while (await found.ReadAsync()) known[found.GetGuid(0)] = found.GetFieldValue<byte[]>(1);
        return (true, version);
    }

    private static async Task StoreAsync(NpgsqlConnection connection, int tenantId, List<UsageEvent> events, MeterSet meters, Instant now)
    {
        var fold = new RollupFold(meters.Attribution);
        foreach (var e in events) fold.Add(e, meters);
        await CopyAsync(connection, tenantId, events, now);
        if (meters.Find(DefaultMeters.Storage) is not null)
        {
            var changes = events.Select(StorageEvent.From).OfType<StorageEvent>().ToList();
            await StorageLedger.ApplyAsync(connection, tenantId, meters, changes, [], fold, CancellationToken.None);
        }
        await fold.WriteAsync(connection, tenantId, meters, CancellationToken.None);
        await EndReservationsAsync(connection, tenantId, events);
        await DirectorySightings.SeeAsync(
            connection, tenantId, events.SelectMany(e => new[] { e.Subject, e.Text("user") }).OfType<string>(), events.Select(e => e.Group).OfType<string>(), now, CancellationToken.None);
        await DirectorySightings.NameAsync(connection, tenantId, events);
        await MembershipFromEvents.ApplyAsync(connection, tenantId, events, CancellationToken.None);
        if (events.Min(e => e.Time) is var first && first < meters.ClosedUntil) await ClosedMonths.TouchAsync(connection, tenantId, first, CancellationToken.None);
    }

    private static async Task CopyAsync(NpgsqlConnection connection, int tenantId, List<UsageEvent> events, Instant now)
    {
        await using var copy = await connection.BeginBinaryImportAsync(
            "COPY ledger (tenant_id, time, key, source, id, type, subject, grp, event, content_hash, stored_at, validation_error) FROM STDIN (FORMAT BINARY)");
        foreach (var e in events)
        {
            await copy.StartRowAsync();
            await copy.WriteAsync(tenantId);
            await copy.WriteAsync(e.Time, NpgsqlDbType.TimestampTz);
            await copy.WriteAsync(e.Key);
            await copy.WriteAsync(e.Source);
            await copy.WriteAsync(e.Id);
            await copy.WriteAsync(e.Type);
            await WriteTextAsync(copy, e.Subject);
            await WriteTextAsync(copy, e.Group);
            await copy.WriteAsync(e.Json, NpgsqlDbType.Json);
            await copy.WriteAsync(e.ContentHash);
            await copy.WriteAsync(now, NpgsqlDbType.TimestampTz);
            await WriteTextAsync(copy, e.ValidationError);
        }
        await copy.CompleteAsync();
    }

    private static Task WriteTextAsync(NpgsqlBinaryImporter copy, string? text) => text is null ? copy.WriteNullAsync() : copy.WriteAsync(text);

    private static async Task EndReservationsAsync(NpgsqlConnection connection, int tenantId, List<UsageEvent> events)
    {
        var ended = events.Select(e => Guid.TryParse(e.Text("reservation"), out var id) ? id : (Guid?)null).OfType<Guid>().Distinct().Order().ToArray();
        if (ended.Length == 0) return;
        await using var delete = new NpgsqlCommand("DELETE FROM reservation WHERE tenant_id = $1 AND id = ANY($2)", connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = ended } },
        };
        await delete.ExecuteNonQueryAsync();
    }
}

/// <summary>Keeps changes of a tenant's meters, voids and slugs apart from the writers of events.</summary>
internal static class TenantLock
{
    /// <summary>Held together with other writers until the transaction ends; a change of the meters or a void takes it alone.</summary>
    public static NpgsqlBatchCommand Share(int tenantId) => new("SELECT pg_advisory_xact_lock_shared(hashtextextended('insights.tenant', $1))")
    {
        Parameters = { new() { Value = (long)tenantId } },
    };

    /// <summary>Held alone until the transaction ends.</summary>
    public static Task AloneAsync(NpgsqlConnection connection, int tenantId) => TakeAsync(connection, tenantId, "pg_advisory_xact_lock");

    /// <summary>One writer of names and memberships at a time, until the transaction ends. It is the last lock that anybody takes.</summary>
    public static Task DirectoryAsync(NpgsqlConnection connection, int tenantId) => TakeAsync(connection, tenantId, "pg_advisory_xact_lock", "insights.directory");

    private static async Task TakeAsync(NpgsqlConnection connection, int tenantId, string function, string name = "insights.tenant")
    {
        await using var take = new NpgsqlCommand($"SELECT {function}(hashtextextended($2, $1))", connection) { Parameters = { new() { Value = (long)tenantId }, new() { Value = name } } };
        await take.ExecuteNonQueryAsync();
    }
}

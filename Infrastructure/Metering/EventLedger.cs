using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>What became of a request's events.</summary>
/// <param name="Accepted">Stored now.</param>
/// <param name="Duplicates">Stored before, with the same content.</param>
/// <param name="Conflicts">Indexes (in the request) of events whose identity stands with other content.</param>
/// <param name="Stored">False when a conflict kept an atomic request out.</param>
public sealed record AppendResult(int Accepted, int Duplicates, IReadOnlyList<int> Conflicts, bool Stored);

/// <summary>The ledger cannot take more just now; nothing of the request was stored, or whether it was is told by sending it again.</summary>
public sealed class LedgerBusyException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>How much the ledger lets wait.</summary>
/// <param name="MaxWaitingEvents">So many events may wait for a transaction; who comes then is told to come back.</param>
public sealed record LedgerSettings(int MaxWaitingEvents = 200_000);

/// <summary>
/// Takes events in. Many requests share one transaction (group commit): while one commits, the next gather. The answer comes after the
/// commit. The queue is bounded; when it is full, callers are told to come back.
/// </summary>
public sealed class EventLedger(
    NpgsqlDataSource dataSource, LedgerMonths months, MeterCatalog catalog, LedgerSettings settings, TimeProvider time, MeteringMetrics metrics,
    ILogger<EventLedger> logger)
    : BackgroundService
{
    private const int MaxEventsPerTransaction = 20_000;
    private const int Writers = 2;

    private readonly Channel<AppendRequest> _queue = Channel.CreateUnbounded<AppendRequest>();
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly System.Collections.Concurrent.ConcurrentDictionary<int, long> _inWriting = new();
    private volatile Refusal? _refused;
    private long _waiting;

    /// <summary>Events that wait for a transaction.</summary>
    public long Waiting => Interlocked.Read(ref _waiting);

    /// <summary>
    /// When the oldest request came in that is not answered yet, be it in the queue or in a transaction; null where none waits. By the time
    /// that has passed since, also where the clock was set meanwhile.
    /// </summary>
    public DateTimeOffset? OldestWaiting =>
        _inWriting.Values.Concat(_queue.Reader.TryPeek(out var oldest) ? [oldest.Since] : Array.Empty<long>()).Cast<long?>().Min() is { } since
            ? time.GetUtcNow() - time.GetElapsedTime(since) : null;

    /// <summary>Why the database, which may answer questions, has just not stored events, in a sentence; null where it has, or where nobody knows any more.</summary>
    public string? Refused => _refused is { } refused && time.GetElapsedTime(refused.At) < Patience ? refused.Reason : null;

    /// <summary>
    /// Stores events and answers after the commit. Atomic unless <paramref name="partial"/>: one conflict keeps the whole request out.
    /// </summary>
    /// <exception cref="LedgerBusyException">The queue is full or the database cannot be reached.</exception>
    public async Task<AppendResult> AppendAsync(int tenantId, IReadOnlyList<UsageEvent> events, bool partial, CancellationToken cancel)
    {
        if (events.Count == 0) return new AppendResult(0, 0, [], true);
        if (Interlocked.Add(ref _waiting, events.Count) > settings.MaxWaitingEvents + events.Count)
        {
            Interlocked.Add(ref _waiting, -events.Count);
            throw new LedgerBusyException("More events are waiting than the disk can take.");
        }
        var request = new AppendRequest(tenantId, events, partial, time.GetTimestamp());
        if (!_queue.Writer.TryWrite(request))
        {
            Interlocked.Add(ref _waiting, -events.Count);
            throw new LedgerBusyException("The portal is stopping.");
        }
        // Not cancelled with the caller: what was queued is stored, and sending it again counts as duplicates.
        return await request.Done.Task.WaitAsync(cancel);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteLoopAsync(writer), CancellationToken.None)));

    // Runs until the queue is completed and empty, so that a clean stop stores what was taken in.
    private async Task WriteLoopAsync(int writer)
    {
        var gathered = new List<AppendRequest>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            gathered.Clear();
            var count = 0;
            while (count < MaxEventsPerTransaction && _queue.Reader.TryRead(out var request))
            {
                gathered.Add(request);
                count += request.Events.Count;
            }
            if (gathered.Count > 0) _inWriting[writer] = gathered[0].Since;
            foreach (var ofTenant in gathered.GroupBy(r => r.TenantId)) await WriteAsync(ofTenant.Key, [.. ofTenant]);
            _inWriting.TryRemove(writer, out _);
            Interlocked.Add(ref _waiting, -count);
        }
    }

    private async Task WriteAsync(int tenantId, IReadOnlyList<AppendRequest> requests)
    {
        try
        {
            var results = await LedgerTransaction.RunAsync(dataSource, months, catalog, tenantId, requests, time.GetUtcNow(), metrics);
            _refused = null;
            for (var i = 0; i < requests.Count; i++) requests[i].Done.TrySetResult(results[i]);
        }
        catch (Exception e) when (PostgresErrors.IsUnavailable(e))
        {
            logger.LogWarning("The ledger could not be written: {Reason}", e.Message);
            var reason = PostgresErrors.TakesNoChanges(e);
            if (reason is not null) _refused = new Refusal(reason, time.GetTimestamp());
            foreach (var request in requests) request.Done.TrySetException(new LedgerBusyException(reason ?? "The database does not answer.", e));
        }
        catch (Exception e) when (requests.Count > 1)
        {
            // One bad request must not take the others down: each gets its own transaction.
            logger.LogError(e, "A shared transaction failed; its {Count} requests are tried one by one", requests.Count);
            foreach (var request in requests) await WriteAsync(tenantId, [request]);
        }
#pragma warning disable CA1031 // The writer must live on; the caller gets the fault.
        catch (Exception e)
#pragma warning restore CA1031
        {
            requests[0].Done.TrySetException(e);
        }
    }

    private sealed record Refusal(string Reason, long At);
}

/// <summary>One caller's events, waiting for a transaction.</summary>
internal sealed record AppendRequest(int TenantId, IReadOnlyList<UsageEvent> Events, bool Partial, long Since)
{
    public TaskCompletionSource<AppendResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Jobs;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>A database that holds a community's year, stored by the portal's own transaction of the ledger, so it equals what ingest makes.</summary>
internal sealed class FilledPortal : IAsyncDisposable
{
    private const int EventsPerTransaction = 20_000;
    private const int Writers = 2;
    private const int MostForFullRecount = 2_000_000;
    private readonly WebApplication _portal;

    private FilledPortal(WebApplication portal, string connectionString, Tenant tenant, Community community, Instant from, Instant to) =>
        (_portal, ConnectionString, Tenant, Community, From, To) = (portal, connectionString, tenant, community, from, to);

    public string ConnectionString { get; }
    public Tenant Tenant { get; }
    public Community Community { get; }

    /// <summary>The first of twelve whole months (UTC).</summary>
    public Instant From { get; }

    /// <summary>The end of the twelve months.</summary>
    public Instant To { get; }

    /// <summary>How long the filling took.</summary>
    public TimeSpan Took { get; private set; }

    /// <summary>What the recount found right, in words.</summary>
    public string Checked { get; private set; } = "";

    public IServiceProvider Services => _portal.Services;

    public NpgsqlDataSource DataSource => Services.GetRequiredService<NpgsqlDataSource>();

    /// <summary>Fills a new database and checks it against a recount.</summary>
    public static async Task<FilledPortal> FillAsync(BenchmarkDatabase database, int events, CancellationToken cancel)
    {
        var today = Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()).InUtc().Date;
        var end = new LocalDate(today.Year, today.Month, 1);
        var (from, to) = (end.PlusMonths(-12).AtMidnight().InUtc().ToInstant(), end.AtMidnight().InUtc().ToInstant());
        var connectionString = await database.CreateAsync(cancel);
        var portal = await ServedPortal.BuildAsync(connectionString);
        var tenant = (await portal.Services.GetRequiredService<TenantStore>().FindAsync("default", cancel))!;
        var filled = new FilledPortal(portal, connectionString, tenant, new Community(1, events, from, to), from, to);
        try
        {
            await filled.StoreAsync(cancel);
            await filled.CheckAsync(events, cancel);
            return filled;
        }
        catch
        {
            await filled.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs one statement on the database.</summary>
    public async Task<T> AskAsync<T>(string sql, CancellationToken cancel)
    {
        await using var ask = DataSource.CreateCommand(sql);
        ask.CommandTimeout = 600;
        return (T)(await ask.ExecuteScalarAsync(cancel))!;
    }

    /// <summary>Waits until a portal on this database has done the work that is due at its start, the night's among it, as it has at any other hour.</summary>
    public Task JobsDoneAsync(CancellationToken cancel) => JobsDoneAsync(Services, cancel);

    /// <inheritdoc cref="JobsDoneAsync(CancellationToken)"/>
    public static async Task JobsDoneAsync(IServiceProvider services, CancellationToken cancel)
    {
        string[] names = [.. services.GetServices<Job>().Select(j => j.Name)];
        await using var done = services.GetRequiredService<NpgsqlDataSource>().CreateCommand("SELECT count(*) FROM job_run WHERE finished_at IS NOT NULL AND name = ANY($1)");
        done.Parameters.Add(new NpgsqlParameter { Value = names });
        while ((long)(await done.ExecuteScalarAsync(cancel))! < names.Length) await Task.Delay(500, cancel);
    }

    public ValueTask DisposeAsync() => _portal.DisposeAsync();

    private async Task StoreAsync(CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        var (months, catalog, metrics) = (Services.GetRequiredService<LedgerMonths>(), Services.GetRequiredService<MeterCatalog>(), Services.GetRequiredService<MeteringMetrics>());
        var arrival = TimeProvider.System.GetUtcNow();
        var storing = new List<Task<AppendResult[]>>();
        foreach (var part in Community.UsageEvents(Instant.FromDateTimeOffset(arrival)).Chunk(EventsPerTransaction))
        {
            cancel.ThrowIfCancellationRequested();
            if (storing.Count == Writers)
            {
                storing.Remove(await Task.WhenAny(storing));
            }
            storing.Add(Task.Run(() => LedgerTransaction.RunAsync(DataSource, months, catalog, Tenant.Id, [new AppendRequest(Tenant.Id, part, false, TimeProvider.System.GetTimestamp())], arrival, metrics), cancel));
        }
        await Task.WhenAll(storing);
        Took = Stopwatch.GetElapsedTime(started);
        // What the hourly job would have done in the meantime.
        await Services.GetRequiredService<RollupTiers>().CatchUpAsync(Tenant.Id, cancel);
        await using var settle = DataSource.CreateCommand("VACUUM ANALYZE");
        settle.CommandTimeout = 1_800;
        await settle.ExecuteNonQueryAsync(cancel);
    }

    private async Task CheckAsync(int events, CancellationToken cancel)
    {
        var stored = await AskAsync<long>("SELECT count(*) FROM ledger", cancel);
        WrongAnswerException.Unless(stored == events, $"{events} events were sent, {stored} are stored.");
        var recount = Services.GetRequiredService<Recount>();
        var found = events <= MostForFullRecount ? await recount.RunAsync(Tenant.Id, cancel) : await recount.SampleAsync(Tenant, 10, cancel);
        WrongAnswerException.Unless(found);
        Checked = $"recount of {found.Events} events and {found.Rows} rows without a difference";
    }
}

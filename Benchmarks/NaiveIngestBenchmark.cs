using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>Durable events over HTTP in batches, against what is written first without thinking: one <c>SaveChanges</c> of EF Core an event.</summary>
internal static class NaiveIngestBenchmark
{
    private const int Events = 100_000;
    private const int NaiveEvents = 2_000;

    public static async Task<Measurement> RunAsync(BenchmarkOptions options, BenchmarkDatabase database, CancellationToken cancel)
    {
        var events = options.Events ?? Events;
        var connectionString = await database.CreateAsync(cancel);
        await using var services = await ServedPortal.BuildAsync(connectionString);
        await using var portal = await ServedPortal.StartAsync(connectionString, cancel);
        await using (var db = new NaiveContext(connectionString)) await db.Database.ExecuteSqlRawAsync("CREATE TABLE naive (key uuid PRIMARY KEY, time timestamptz, source text, id text, type text, subject text, grp text, event json)", cancel);
        await IngestBenchmark.SendAsync(portal, IngestBenchmark.Bodies(100, 20_000), cancel);
        await SaveAsync(connectionString, IngestBenchmark.Rows(100, 200), cancel);

        var (own, naive) = (new List<double>(), new List<double>());
        for (var round = 1; round <= options.Rounds; round++)
        {
            naive.Add(NaiveEvents / (await SaveAsync(connectionString, IngestBenchmark.Rows(200 + round, NaiveEvents), cancel)).TotalSeconds);
            own.Add(events / (await IngestBenchmark.SendAsync(portal, IngestBenchmark.Bodies(round, events), cancel)).TotalSeconds);
        }
        await using var check = new NaiveContext(connectionString);
        var saved = await check.Set<NaiveEvent>().CountAsync(cancel);
        WrongAnswerException.Unless(saved == 200 + (NaiveEvents * options.Rounds), $"EF Core saved {saved} events.");
        var ratios = own.Zip(naive, (a, b) => a / b).ToList();
        return new Measurement(
            Figures.Median(own), "durable events/s over HTTP", Figures.Median(naive), Figures.Median(ratios), "ratio >= 50",
            "every batch answered as accepted; every event that EF Core saved is there",
            new { eventsPerRound = events, naiveEventsPerRound = NaiveEvents, ratios = ratios.Select(Figures.Round) });
    }

    private static async Task<TimeSpan> SaveAsync(string connectionString, UsageEvent[] events, CancellationToken cancel)
    {
        await using var db = new NaiveContext(connectionString);
        var started = Stopwatch.GetTimestamp();
        foreach (var e in events)
        {
            db.Add(new NaiveEvent { Key = Guid.NewGuid(), Time = e.Time.ToDateTimeUtc(), Source = e.Source, Id = e.Id, Type = e.Type, Subject = e.Subject, Grp = e.Group, Event = System.Text.Encoding.UTF8.GetString(e.Json.Span) });
            await db.SaveChangesAsync(cancel);
            // Else every save looks through all events before it, and the comparison would be with a blunder.
            db.ChangeTracker.Clear();
        }
        return Stopwatch.GetElapsedTime(started);
    }

    private sealed class NaiveEvent
    {
        public Guid Key { get; set; }
        public DateTime Time { get; set; }
        public string Source { get; set; } = "";
        public string Id { get; set; } = "";
        public string Type { get; set; } = "";
        public string? Subject { get; set; }
        public string? Grp { get; set; }
        public string Event { get; set; } = "";
    }

    private sealed class NaiveContext(string connectionString) : DbContext
    {
        protected override void OnConfiguring(DbContextOptionsBuilder options) => options.UseNpgsql(connectionString).UseSnakeCaseNamingConvention();

        protected override void OnModelCreating(ModelBuilder model)
        {
            model.Entity<NaiveEvent>().ToTable("naive").HasKey(e => e.Key);
            model.Entity<NaiveEvent>().Property(e => e.Event).HasColumnType("json");
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>A new meter over stored events: from the wish to the whole number.</summary>
internal static class BackfillBenchmark
{
    private const int Events = 1_000_000;
    private const double Goal = 300_000;

    public static async Task<Measurement> RunAsync(BenchmarkOptions options, BenchmarkDatabase database, CancellationToken cancel)
    {
        var events = options.Events ?? Events;
        await using var filled = await FilledPortal.FillAsync(database, events, cancel);
        var sums = new List<double>();
        var counts = new List<double>();
        var steps = new List<BackfillSteps>();
        var cpu = new List<double>();
        for (var round = 0; round < options.Rounds; round++)
        {
            var before = Environment.CpuUsage.TotalTime;
            var sum = await CountAsync(filled, Meter("sum", round, Aggregation.Sum), filled.Community.TotalApiTime * (Quantity.Scale / 10), steps, cancel);
            cpu.Add((Environment.CpuUsage.TotalTime - before).TotalSeconds);
            sums.Add(filled.Community.Requests / sum.TotalSeconds);
            var count = await CountAsync(filled, Meter("count", round, Aggregation.Count), filled.Community.Requests * Quantity.Scale, null, cancel);
            counts.Add(filled.Community.Requests / count.TotalSeconds);
        }
        var found = await filled.Services.GetRequiredService<Recount>().SampleAsync(filled.Tenant, 30, cancel);
        WrongAnswerException.Unless(found);
        var figure = Figures.Median(sums);
        var middle = steps[sums.IndexOf(figure)];
        return new Measurement(
            figure, "events/s of a SUM meter", null, null, string.Create(CultureInfo.InvariantCulture, $">= {Goal} events/s"),
            $"totals equal what the sender added up; {filled.Checked} before, and of {found.Rows} rows of 30 days after",
            new
            {
                events,
                eventsOfTheType = filled.Community.Requests,
                rounds = sums.Select(Figures.Round),
                worst = Figures.Round(sums.Min()),
                ofGoal = Figures.Round(figure / Goal),
                countMeter = Figures.Round(Figures.Median(counts)),
                secondsOfTheMedianRound = new
                {
                    reading = Figures.Round(middle.Reading.TotalSeconds),
                    folding = Figures.Round(middle.Folding.TotalSeconds),
                    writing = Figures.Round(middle.Writing.TotalSeconds),
                    rest = Figures.Round((filled.Community.Requests / figure) - (middle.Reading + middle.Folding + middle.Writing).TotalSeconds),
                },
                rollupRowsWritten = middle.Rows,
                portalCpuSeconds = cpu.Select(Figures.Round),
            });
    }

    private static Meter Meter(string name, int round, Aggregation aggregation) => new(
        string.Create(CultureInfo.InvariantCulture, $"bench_{name}_{round}"), name, "", "ms", aggregation,
        [new MeterSource("api.request", aggregation == Aggregation.Count ? null : JsonPath.Of("$.duration_ms"))], new Dictionary<string, JsonPath>());

    private static async Task<TimeSpan> CountAsync(FilledPortal filled, Meter meter, long millionths, List<BackfillSteps>? steps, CancellationToken cancel)
    {
        var backfill = filled.Services.GetRequiredService<MeterBackfill>();
        backfill.Steps = new BackfillSteps();
        var started = Stopwatch.GetTimestamp();
        var actor = new Actor("benchmark", Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()));
        await filled.Services.GetRequiredService<MeterStore>().CreateAsync(filled.Tenant.Id, meter, actor, cancel);
        await backfill.RunAsync(filled.Tenant.Id, meter.Slug, TimeSpan.MaxValue, cancel);
        var took = Stopwatch.GetElapsedTime(started);
        steps?.Add(backfill.Steps);

        var stored = (await filled.Services.GetRequiredService<MeterCatalog>().GetAsync(filled.Tenant.Id, cancel)).Find(meter.Slug)!;
        WrongAnswerException.Unless(stored.IsWhole, $"{meter.Slug} is not whole.");
        foreach (var scope in Enum.GetValues<RollupScope>())
        {
            var sum = await filled.AskAsync<decimal>($"SELECT sum(sum) FROM rollup_hour WHERE meter_id = {stored.Id} AND scope = {(short)scope}", cancel);
            WrongAnswerException.Unless(sum == millionths, $"{meter.Slug} has {sum} millionths by {scope} and should have {millionths}.");
        }
        return took;
    }
}

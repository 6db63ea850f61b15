using OpenMeet.Insights.Benchmarks;
using OpenMeet.Insights.Infrastructure.Database;

var benchmarks = new Dictionary<string, Func<BenchmarkOptions, BenchmarkDatabase, CancellationToken, Task<Measurement>>>(StringComparer.Ordinal)
{
    ["query"] = QueryBenchmark.RunAsync,
    ["backfill"] = BackfillBenchmark.RunAsync,
    ["size"] = SizeBenchmark.RunAsync,
    ["ingest"] = IngestBenchmark.RunAsync,
    ["ingest-single"] = SingleIngestBenchmark.RunAsync,
    ["ingest-naive"] = NaiveIngestBenchmark.RunAsync,
    ["quota"] = QuotaBenchmark.RunAsync,
    ["freshness"] = FreshnessBenchmark.RunAsync,
    ["circuits"] = CircuitsBenchmark.RunAsync,
    ["start"] = StartBenchmark.RunAsync,
    ["browser"] = BrowserBenchmark.RunAsync,
};
// The portal under load is this program again, in a process of its own.
if (args is ["serve"]) return await ServedPortal.ServeAsync();
if (args.Length == 0 || !benchmarks.TryGetValue(args[0], out var benchmark) || !BenchmarkOptions.TryParse(args[1..], out var options))
{
    await Console.Error.WriteLineAsync($"usage: ./bench {string.Join('|', benchmarks.Keys)} {BenchmarkOptions.Usage}");
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
using var terminated = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, signal =>
{
    signal.Cancel = true;
    stop.Cancel();
});
try
{
    await using var database = await BenchmarkDatabase.StartAsync(stop.Token);
    var loadBefore = Machine.Load();
    var measured = await benchmark(options, database, stop.Token);
    Console.WriteLine(measured.ToJson(args[0], await Machine.DescribeAsync(database, loadBefore)));
    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("Stopped.");
    return 130;
}
catch (Exception fault) when (fault is WrongAnswerException or EmbeddedPostgresException)
{
    await Console.Error.WriteLineAsync(fault.Message);
    return 1;
}

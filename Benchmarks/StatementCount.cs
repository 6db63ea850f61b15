using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>Every statement that this process sends to PostgreSQL, as the driver's own tracing tells it.</summary>
internal sealed class StatementCount : IDisposable
{
    private readonly ConcurrentQueue<string> _sent = new();
    private readonly ActivityListener _listener;

    public StatementCount()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if ((activity.GetTagItem("db.query.text") ?? activity.GetTagItem("db.statement")) is string text) _sent.Enqueue(text);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>Answers what was sent since the last time.</summary>
    public IResult Take()
    {
        var taken = new List<string>();
        while (_sent.TryDequeue(out var text)) taken.Add(text);
        return Results.Json(taken);
    }

    public void Dispose() => _listener.Dispose();
}

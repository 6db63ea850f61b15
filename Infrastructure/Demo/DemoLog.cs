using System.Buffers;
using System.Globalization;
using System.Text.Json;
using NodaTime;
using NodaTime.Text;

namespace OpenMeet.Insights.Infrastructure.Demo;

/// <summary>Writes CloudEvents as they are thought of, in any order, and gives them back in the order of their time.</summary>
internal sealed class DemoLog : IDisposable
{
    /// <summary>The source of every event of the demo.</summary>
    public const string Source = "/demo/openmeet";

    private static readonly InstantPattern Pattern = InstantPattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm:ss.fff'Z'");

    private readonly Instant _from;
    private readonly Instant _to;
    private readonly ArrayBufferWriter<byte> _bytes = new(16 * 1024 * 1024);
    private readonly Utf8JsonWriter _writer;
    private readonly List<(long Time, int Order, int Offset, int Length)> _entries = new(100_000);
    private int _order;

    public DemoLog(Instant from, Instant to)
    {
        _from = from;
        _to = to;
        _writer = new Utf8JsonWriter(_bytes);
    }

    /// <summary>Writes one event and returns its id. What lies outside the year has not happened and is left out.</summary>
    public string Add(
        Instant time, string type, string? subject, string? group, params ReadOnlySpan<(string Name, object? Value)> data)
    {
        var id = "demo-" + (++_order).ToString("D7", CultureInfo.InvariantCulture);
        var milliseconds = time.ToUnixTimeMilliseconds();
        time = Instant.FromUnixTimeMilliseconds(milliseconds);
        if (time < _from || time > _to)
        {
            return id;
        }

        var offset = _bytes.WrittenCount;
        _writer.Reset();
        _writer.WriteStartObject();
        _writer.WriteString("specversion", "1.0");
        _writer.WriteString("id", id);
        _writer.WriteString("source", Source);
        _writer.WriteString("type", type);
        _writer.WriteString("time", Pattern.Format(time));
        if (subject is not null)
        {
            _writer.WriteString("subject", subject);
        }

        _writer.WriteStartObject("data");
        if (group is not null)
        {
            _writer.WriteString("group", group);
        }

        foreach (var (name, value) in data)
        {
            Write(name, value);
        }

        _writer.WriteEndObject();
        _writer.WriteEndObject();
        _writer.Flush();
        _entries.Add((milliseconds, _order, offset, _bytes.WrittenCount - offset));
        return id;
    }

    /// <summary>The events as UTF-8, by time; those of one millisecond by id.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> InOrder()
    {
        _entries.Sort();
        return [.. _entries.Select(entry => _bytes.WrittenMemory.Slice(entry.Offset, entry.Length))];
    }

    public void Dispose() => _writer.Dispose();

    private void Write(string name, object? value)
    {
        switch (value)
        {
            case null:
                break;
            case string text:
                _writer.WriteString(name, text);
                break;
            case int number:
                _writer.WriteNumber(name, number);
                break;
            case long number:
                _writer.WriteNumber(name, number);
                break;
            case double number:
                _writer.WriteNumber(name, Math.Round((decimal)number, 1));
                break;
            case Instant instant:
                _writer.WriteString(name, Pattern.Format(instant));
                break;
            default:
                throw new ArgumentException($"No JSON form for {value.GetType()}.", nameof(value));
        }
    }
}

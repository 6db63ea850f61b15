using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;

namespace OpenMeet.Insights.Portal.Metering;

/// <summary>The lines of a body of any size, plain or gzip, of which no more than one line is held.</summary>
/// <param name="request">Whose body it is.</param>
/// <param name="longest">The most bytes of a line; of a longer one only that it was there is told.</param>
internal sealed class LogLines(HttpRequest request, int longest) : IAsyncDisposable
{
    private readonly PipeReader _reader = request.Headers.ContentEncoding == "gzip"
        ? PipeReader.Create(new GZipStream(request.Body, CompressionMode.Decompress), new StreamPipeReaderOptions(bufferSize: 65_536))
        : request.BodyReader;

    private bool _isInLongLine;

    /// <summary>Gives each line, without its end, to be read at once; null for one that is too long.</summary>
    /// <returns>False at the end, after the last line; true where <paramref name="take"/> said to pause.</returns>
    /// <exception cref="InvalidDataException">The body is no gzip.</exception>
    public async Task<bool> ReadAsync(LineTaker take, CancellationToken cancel)
    {
        while (true)
        {
            var result = await _reader.ReadAsync(cancel);
            var buffer = result.Buffer;
            var paused = false;
            while (!paused && TryCut(ref buffer, result.IsCompleted, out var line)) paused = Give(line, take);
            if (!paused && buffer.Length > longest && !result.IsCompleted)
            {
                // Its beginning alone is too long already: it goes, and the rest follows as it comes.
                _isInLongLine = true;
                buffer = buffer.Slice(buffer.End);
            }
            _reader.AdvanceTo(buffer.Start, paused ? buffer.Start : buffer.End);
            if (paused) return true;
            if (result.IsCompleted) return false;
        }
    }

    public ValueTask DisposeAsync() => _reader == request.BodyReader ? ValueTask.CompletedTask : _reader.CompleteAsync();

    private static bool TryCut(ref ReadOnlySequence<byte> buffer, bool isLast, out ReadOnlySequence<byte> line)
    {
        line = buffer;
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return true;
        }
        if (!isLast || buffer.IsEmpty) return false;
        buffer = buffer.Slice(buffer.End);
        return true;
    }

    private bool Give(ReadOnlySequence<byte> line, LineTaker take)
    {
        var isLong = _isInLongLine || line.Length > longest;
        _isInLongLine = false;
        if (isLong) return take(null, true);
        if (line.IsSingleSegment) return take(line.FirstSpan.TrimEnd((byte)'\r'), false);
        var copy = ArrayPool<byte>.Shared.Rent((int)line.Length);
        try
        {
            line.CopyTo(copy);
            return take(copy.AsSpan(0, (int)line.Length).TrimEnd((byte)'\r'), false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }
}

/// <summary>Takes a line; answers whether to pause.</summary>
internal delegate bool LineTaker(ReadOnlySpan<byte> line, bool tooLong);

using System.Globalization;
using NodaTime;
using NodaTime.Text;

namespace OpenMeet.Insights.Domain.Metering;

/// <summary>RFC 3339 times, read with any number of digits of a second; digits past microseconds are cut.</summary>
public static class Rfc3339
{
    private static readonly LocalDateTimePattern Seconds = LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm':'ss");
    private static readonly InstantPattern Out = InstantPattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm':'ss.FFFFFF'Z'");

    /// <summary>Reads a date-time with offset or Z; false for anything else.</summary>
    public static bool TryParse(string? text, out Instant instant)
    {
        instant = default;
        if (text is null || text.Length < 20 || text[10] is not ('T' or 't' or ' ')) return false;
        var seconds = Seconds.Parse(string.Concat(text.AsSpan(0, 10), "T", text.AsSpan(11, 8)));
        if (!seconds.Success || seconds.Value.Year < 1) return false;
        var i = 19;
        long micros = 0;
        if (text[i] == '.')
        {
            var start = ++i;
            while (i < text.Length && char.IsAsciiDigit(text[i])) i++;
            if (i == start) return false;
            micros = long.Parse(text.AsSpan(start, Math.Min(6, i - start)).ToString().PadRight(6, '0'), NumberStyles.None, CultureInfo.InvariantCulture);
        }
        if (!TryReadOffset(text.AsSpan(i), out var offset)) return false;
        var local = seconds.Value.PlusTicks(micros * 10);
        if (local.Year is < 2 or > 9998) return false;
        instant = local.WithOffset(offset).ToInstant();
        return true;
    }

    /// <summary>The shortest RFC 3339 text of an instant, in UTC.</summary>
    public static string Format(Instant instant) => Out.Format(instant);

    /// <summary>Cuts an instant to whole microseconds, the resolution of everything stored.</summary>
    public static Instant ToMicroseconds(Instant instant)
    {
        var ticks = instant.ToUnixTimeTicks();
        var rest = ticks % 10;
        return Instant.FromUnixTimeTicks(ticks - (rest < 0 ? rest + 10 : rest));
    }

    private static bool TryReadOffset(ReadOnlySpan<char> text, out Offset offset)
    {
        offset = Offset.Zero;
        if (text is "Z" or "z") return true;
        if (text.Length != 6 || text[0] is not ('+' or '-') || text[3] != ':') return false;
        if (!int.TryParse(text[1..3], NumberStyles.None, CultureInfo.InvariantCulture, out var hours) || hours > 18) return false;
        if (!int.TryParse(text[4..6], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes) || minutes > 59) return false;
        var seconds = ((hours * 60) + minutes) * 60;
        if (seconds > 18 * 3600) return false;
        offset = Offset.FromSeconds(text[0] == '-' ? -seconds : seconds);
        return true;
    }
}

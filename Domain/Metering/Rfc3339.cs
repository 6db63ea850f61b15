using System.Globalization;
using System.Text;
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

    /// <summary>Reads the same from UTF-8.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out Instant instant) => TryParseUtc(text, out instant) || TryParse(Encoding.UTF8.GetString(text), out instant);

    /// <summary>The shortest RFC 3339 text of an instant, in UTC.</summary>
    public static string Format(Instant instant) => Out.Format(instant);

    /// <summary>Cuts an instant to whole microseconds, the resolution of everything stored.</summary>
    public static Instant ToMicroseconds(Instant instant)
    {
        var ticks = instant.ToUnixTimeTicks();
        var rest = ticks % 10;
        return Instant.FromUnixTimeTicks(ticks - (rest < 0 ? rest + 10 : rest));
    }

    // Almost all times: 2026-11-24T14:05:00Z, with or without digits behind the seconds. Whatever else it is, the long way says.
    private static bool TryParseUtc(ReadOnlySpan<byte> text, out Instant instant)
    {
        instant = default;
        if (text.Length is < 20 or > 27 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[^1] != 'Z') return false;
        if (!Digits(text[..4], out var year) || !Digits(text[5..7], out var month) || !Digits(text[8..10], out var day)
            || !Digits(text[11..13], out var hour) || !Digits(text[14..16], out var minute) || !Digits(text[17..19], out var second)) return false;
        if (year is < 2 or > 9998 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59) return false;
        var micros = 0;
        if (text.Length > 20)
        {
            var fraction = text[20..^1];
            if (text[19] != '.' || fraction.IsEmpty || !Digits(fraction, out micros)) return false;
            for (var i = fraction.Length; i < 6; i++) micros *= 10;
        }
        instant = Instant.FromDateTimeUtc(new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc)).PlusTicks(micros * 10L);
        return true;
    }

    private static bool Digits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit((char)c)) return false;
            value = (value * 10) + (c - '0');
        }
        return true;
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

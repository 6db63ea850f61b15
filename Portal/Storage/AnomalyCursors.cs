using System.Buffers.Text;
using System.Globalization;
using System.Text;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Storage;

namespace OpenMeet.Insights.Portal.Storage;

/// <summary>Where a page of anomalies begins, as an address carries it.</summary>
internal static class AnomalyCursors
{
    public static string Write(AnomalyCursor cursor) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(cursor.At.ToUnixTimeTicks().ToString(CultureInfo.InvariantCulture) + ' ' + cursor.Identity));

    /// <summary>Reads one; null where it is none.</summary>
    public static AnomalyCursor? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text) || !Base64Url.IsValid(text)) return null;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(' ', 2);
        return parts.Length == 2 && !parts[1].Contains('\0', StringComparison.Ordinal) && long.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var ticks)
            && ticks >= Instant.FromUtc(1, 1, 1, 0, 0).ToUnixTimeTicks() && ticks < Instant.FromUtc(9999, 1, 1, 0, 0).ToUnixTimeTicks()
            ? new AnomalyCursor(Instant.FromUnixTimeTicks(ticks), parts[1])
            : null;
    }
}

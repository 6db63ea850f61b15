using System.Globalization;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Storage;

/// <summary>Whose cost a storage page works out, as its address says it: a number of megabytes, or a file. 500 MB by default.</summary>
/// <param name="Megabytes">10^6 bytes each.</param>
/// <param name="File">A file's key; it goes before the number.</param>
public sealed record KeepingQuestion(decimal Megabytes, string? File)
{
    public const decimal Usual = 500m;
    private const decimal Megabyte = 1_000_000m;
    private const decimal Most = 100_000_000m;

    /// <summary>Reads a page's query. What cannot be read is 500 MB: a link is never an error.</summary>
    public static KeepingQuestion Parse(string? megabytes, string? file) => new(
        decimal.TryParse(megabytes, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= Most ? number : Usual,
        string.IsNullOrEmpty(file) ? null : file);

    /// <summary>The bytes asked about, given the page's files.</summary>
    public decimal Bytes(IEnumerable<(string File, decimal Bytes)> files) => Chosen(files)?.Bytes ?? Megabytes * Megabyte;

    /// <summary>The file asked about, where it is one of the page's.</summary>
    public (string File, decimal Bytes)? Chosen(IEnumerable<(string File, decimal Bytes)> files) =>
        File is null ? null : files.Where(f => f.File == File).Select(f => ((string, decimal)?)f).FirstOrDefault();

    /// <summary>An address with this question.</summary>
    public string On(string page) => PortalUrls.Add(page, ("mb", File is not null || Megabytes == Usual ? null : Formats.Plain(Megabytes, 3)), ("file", File));
}

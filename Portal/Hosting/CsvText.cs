using System.Globalization;
using System.Text;
using CsvHelper;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>A figure that is written as it stands, such as an amount with all its decimals.</summary>
internal readonly record struct CsvFigure(string Text);

/// <summary>Rows as CSV (RFC 4180) for spreadsheets and programs: figures are plain, and no text becomes a formula.</summary>
internal static class CsvText
{
    public const string MediaType = "text/csv; charset=utf-8";

    /// <summary>Writes a head and rows. Texts are made safe; a <see cref="decimal"/> is written as the wire has it, a <see cref="CsvFigure"/> as it stands, null as nothing.</summary>
    public static string Write(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<object?>> rows)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = new CsvWriter(text, CultureInfo.InvariantCulture))
        {
            foreach (var name in head) csv.WriteField(NoFormula(name));
            csv.NextRecord();
            foreach (var row in rows)
            {
                foreach (var value in row) csv.WriteField(Text(value));
                csv.NextRecord();
            }
        }
        return text.ToString();
    }

    /// <summary>Writes the same as <see cref="Write"/> line by line: however long a file is, it is never whole in memory.</summary>
    public static async Task WriteAsync(Stream stream, IReadOnlyList<string> head, IEnumerable<IReadOnlyList<object?>> rows)
    {
        await using var text = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        await using var csv = new CsvWriter(text, CultureInfo.InvariantCulture, leaveOpen: true);
        foreach (var name in head) csv.WriteField(NoFormula(name));
        await csv.NextRecordAsync();
        foreach (var row in rows)
        {
            foreach (var value in row) csv.WriteField(Text(value));
            await csv.NextRecordAsync();
        }
    }

    private static string? Text(object? value) => value switch
    {
        decimal number => Wire.Number(number),
        CsvFigure figure => figure.Text,
        _ => NoFormula(value?.ToString()),
    };

    // What begins a formula, also in full width; and what a spreadsheet passes over before it looks.
    private const string Begins = "=+-@\t\r\n＝＋－＠";

    /// <summary>What others sent must not become a formula of a spreadsheet. Figures are ours and may be negative.</summary>
    public static string? NoFormula(string? text) => text is { Length: > 0 } && Begins.Contains(text[0], StringComparison.Ordinal) ? "'" + text : text;
}

using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Costs;

/// <summary>Reads bills from a CSV file (RFC 4180, UTF-8, commas): a head with the columns, then a bill a line.</summary>
internal static class BillFile
{
    /// <summary>The most bytes of a file.</summary>
    public const int MostBytes = 1_048_576;

    /// <summary>The most bills of a file.</summary>
    public const int MostBills = 5_000;

    /// <summary>The columns, in any order; the last may be left out.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["name", "period", "amount", "currency", "driver", "idlePercent"];

    /// <summary>The head and a line, to copy.</summary>
    public const string Example = "name,period,amount,currency,driver,idlePercent\nDatabase,2026-10,120.00,USD,db_time,5";

    /// <summary>Reads a file. Every fault is named with its line and column; with one fault there are no bills.</summary>
    /// <param name="text">The file.</param>
    /// <param name="tenant">Whose bills.</param>
    /// <param name="meters">The meters that may drive.</param>
    /// <param name="actor">Who enters them.</param>
    /// <param name="faults">Takes every fault; paths are such as <c>line[3].amount</c>.</param>
    public static IReadOnlyList<Bill> Read(string text, Tenant tenant, MeterSet meters, Actor actor, List<InputFault> faults)
    {
        var broken = new SortedSet<int>();
        using var reader = new StringReader(text.TrimStart('\uFEFF'));
        using var parser = new CsvParser(reader, new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            DetectDelimiter = false,
            IgnoreBlankLines = false,
            TrimOptions = TrimOptions.Trim,
            BadDataFound = bad => broken.Add(bad.Context.Parser!.RawRow),
        });
        var rows = new List<(int Line, string[] Values)>();
        for (var line = 1; parser.Read(); line = parser.RawRow + 1)
        {
            if (parser.Record is { } record && !record.All(string.IsNullOrWhiteSpace)) rows.Add((line, record));
        }
        foreach (var line in broken) faults.Add(Fault(line, null, "malformed", "a quotation mark stands in the middle of a value; put the whole value in quotation marks and double those in it."));
        if (rows.Count == 0)
        {
            faults.Add(new InputFault("", "empty", $"The file is empty. It begins with the columns {string.Join(",", Columns)}."));
            return [];
        }
        if (rows.Count - 1 > MostBills) faults.Add(new InputFault("", "too_many", $"The file has {rows.Count - 1} bills; at most {MostBills} are taken at once."));
        if (ReadHead(rows[0].Line, rows[0].Values, faults) is not { } head || faults.Count > 0) return [];
        if (rows.Count == 1) faults.Add(new InputFault("", "empty", "The file has a head and no bills."));

        var bills = new List<Bill>();
        var seen = new Dictionary<(string, string), int>();
        foreach (var (line, values) in rows.Skip(1))
        {
            if (values.Length != head.Length)
            {
                faults.Add(Fault(line, null, "wrong_columns", $"it has {values.Length} values and the head has {head.Length} columns. A decimal has a point: 12.50, and a value with a comma stands in quotation marks."));
                continue;
            }
            var ofLine = new List<InputFault>();
            var bill = FormInput.Of(ofLine, [.. head.Zip(values).Select(v => (v.First, (string?)v.Second))]).ReadBill(tenant, meters, actor);
            foreach (var fault in ofLine)
            {
                var value = values[Array.IndexOf(head, fault.Path)];
                var decimalComma = fault.Code == "not_a_number" && value.Contains(',', StringComparison.Ordinal) ? $" '{value}' has a comma; write a point: {value.Replace(',', '.')}." : "";
                faults.Add(Fault(line, fault.Path, fault.Code, fault.Detail + decimalComma));
            }
            if (bill is null) continue;
            if (!seen.TryAdd((bill.Name, bill.Period), line)) faults.Add(Fault(line, "name", "duplicate", $"'{bill.Name}' of {bill.Period} stands in line {seen[(bill.Name, bill.Period)]} already."));
            bills.Add(bill);
        }
        return faults.Count > 0 ? [] : bills;
    }

    private static string[]? ReadHead(int line, string[] names, List<InputFault> faults)
    {
        var hint = names is [var only] && only.Contains(';', StringComparison.Ordinal) ? " The columns stand apart by commas, not semicolons." : "";
        foreach (var name in names.Where(n => !Columns.Contains(n)))
            faults.Add(Fault(line, name, "unknown_column", $"there is no column '{name}'; the columns are {string.Join(",", Columns)}.{hint}"));
        foreach (var name in names.GroupBy(n => n).Where(g => g.Count() > 1 && Columns.Contains(g.Key)))
            faults.Add(Fault(line, name.Key, "duplicate", $"the column '{name.Key}' stands twice."));
        foreach (var name in Columns.SkipLast(1).Where(n => !names.Contains(n)))
            faults.Add(Fault(line, name, "required", $"the column '{name}' is missing."));
        return names;
    }

    private static InputFault Fault(int line, string? column, string code, string detail) => new(
        string.Create(CultureInfo.InvariantCulture, $"line[{line}]{(column is null ? "" : "." + column)}"), code, string.Create(CultureInfo.InvariantCulture, $"Line {line}{(column is null ? "" : ", " + column)}: {detail}"));

    /// <summary>Reads a stream as UTF-8; null (and a fault) where it is too large or something else.</summary>
    public static async Task<string?> ReadTextAsync(Stream stream, List<InputFault> faults, CancellationToken cancel)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[16_384];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancel)) > 0)
        {
            if (bytes.Length + read > MostBytes)
            {
                faults.Add(new InputFault("", "too_large", $"The file has more than {MostBytes} bytes."));
                return null;
            }
            bytes.Write(buffer, 0, read);
        }
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.ToArray());
        }
        catch (DecoderFallbackException)
        {
            faults.Add(new InputFault("", "bad_text", "The file is not valid UTF-8."));
            return null;
        }
    }
}

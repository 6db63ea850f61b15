using System.Globalization;
using System.Text.RegularExpressions;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Tests.Account;

/// <summary>A line of docs/access.md: who is let in where, and what is answered then.</summary>
/// <param name="Number">Its number among all lines.</param>
/// <param name="Table">Of which table: api, pages or open.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">Path and query; what is in braces is the number of something that is there.</param>
/// <param name="Status">The answer of who is let in.</param>
/// <param name="LetIn">The letters of those.</param>
/// <param name="Body">What is sent; null for nothing.</param>
public sealed partial record AccessLine(int Number, string Table, string Method, string Path, int Status, string LetIn, string? Body)
{
    /// <summary>All lines, in their order.</summary>
    public static IReadOnlyList<AccessLine> ReadAll()
    {
        var (lines, table) = (new List<AccessLine>(), "");
        foreach (var line in File.ReadLines(Checkout.Resolve("docs/access.md")))
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) table = line[3..];
            else if (table.Length > 0 && line.Trim().Length > 0) lines.Add(Read(lines.Count, table, line));
        }
        return lines;
    }

    private static AccessLine Read(int number, string table, string line)
    {
        var match = Form().Match(line);
        Assert.True(match.Success, $"docs/access.md: '{line}' is no line of a table.");
        var who = match.Groups["who"].Captures.Select(c => c.Value).Where(w => w != "-");
        return new AccessLine(
            number, table, match.Groups["method"].Value, match.Groups["path"].Value, int.Parse(match.Groups["status"].Value, CultureInfo.InvariantCulture), string.Concat(who),
            match.Groups["body"].Value is { Length: > 0 } body ? body : null);
    }

    public override string ToString() => $"{Method} {Path}";

    [GeneratedRegex(@"^(?<method>[A-Z]+)\s+(?<path>/\S*)\s+(?<status>\d{3})(?:\s+(?<who>[A-Za-z]+|-)){0,2}\s*(?<body>\{.*\})?\s*$", RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}

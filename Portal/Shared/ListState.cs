using System.Globalization;

namespace OpenMeet.Insights.Portal.Shared;

/// <summary>What of a list stands in its URL: what is searched for, the order, and which page of 25.</summary>
/// <param name="Search">A part of a name; null for all.</param>
/// <param name="Sort">The column; a hyphen before it for the greatest first.</param>
/// <param name="Page">From 1.</param>
public sealed record ListState(string? Search, string Sort, int Page)
{
    public const int PageSize = 25;

    /// <summary>Rows before the page.</summary>
    public int Skip => (Page - 1) * PageSize;

    /// <summary>Reads a list's query. What cannot be read is the default: a link is never an error.</summary>
    public static ListState Parse(string? search, string? sort, string? page, params IReadOnlyList<string> sorts)
    {
        var word = sort?.TrimStart('-');
        var known = sorts.Any(s => s.TrimStart('-') == word);
        return new ListState(
            string.IsNullOrWhiteSpace(search) ? null : search.Trim(),
            known ? sort! : sorts.Count > 0 ? sorts[0] : "",
            int.TryParse(page, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 100_000 ? number : 1);
    }
}

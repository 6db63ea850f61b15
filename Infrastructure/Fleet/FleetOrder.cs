namespace OpenMeet.Insights.Infrastructure.Fleet;

/// <summary>The orders of the list of all accounts.</summary>
internal static class FleetOrder
{
    /// <summary>Rows by a column; a hyphen before the word turns it round. Ties stay in the order of the keys, either way; what has no limit comes last.</summary>
    public static IReadOnlyList<FleetRow> Sorted(IReadOnlyList<FleetRow> rows, string sort)
    {
        var down = sort.StartsWith('-');
        return sort.TrimStart('-') switch
        {
            "growth" => By(rows, r => r.Grown, down),
            "limit" => [.. By([.. rows.Where(r => r.Nearest is not null)], r => r.Nearest!.Share, down), .. rows.Where(r => r.Nearest is null)],
            "name" => By(rows, r => r.Name, down, StringComparer.OrdinalIgnoreCase),
            "plan" => By(rows, r => r.Plan?.Name ?? "~", down, StringComparer.OrdinalIgnoreCase),
            "storage" => By(rows, r => r.Level, down),
            "people" => By(rows, r => r.People, down),
            _ => By(rows, r => r.Cost.Value, down),
        };
    }

    private static List<FleetRow> By<T>(IReadOnlyList<FleetRow> rows, Func<FleetRow, T> key, bool down, IComparer<T>? comparer = null) =>
        [.. (down ? rows.OrderByDescending(key, comparer) : rows.OrderBy(key, comparer)).ThenBy(r => r.Account, StringComparer.Ordinal)];
}

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>Accounts whose difference lies from one amount up to another.</summary>
/// <param name="From">Included.</param>
/// <param name="To">Not included.</param>
/// <param name="Accounts">How many.</param>
internal sealed record ImpactBin(decimal From, decimal To, int Accounts)
{
    /// <summary>At most ten bins of a round width, from the least difference to the greatest; zero is always an edge. Empty where nothing differs.</summary>
    public static IReadOnlyList<ImpactBin> Of(IEnumerable<decimal> differences)
    {
        var values = differences.Where(d => d != 0).ToList();
        if (values.Count == 0) return [];
        var (least, most) = (Math.Min(0, values.Min()), Math.Max(0, values.Max()));
        var width = Round((most - least) / 8);
        var (first, last) = ((int)Math.Floor(least / width), (int)Math.Floor(most / width));
        return [.. Enumerable.Range(first, last - first + 1).Select(n => new ImpactBin(n * width, (n + 1) * width, values.Count(v => v >= n * width && v < (n + 1) * width)))];
    }

    // 1, 2 or 5 times a power of ten, not below what was asked for.
    private static decimal Round(decimal width)
    {
        var power = 1m;
        while (power < width) power *= 10;
        while (power >= width) power /= 10;
        return ((decimal[])[2, 5, 10]).First(f => f * power >= width) * power;
    }
}

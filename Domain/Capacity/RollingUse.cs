using NodaTime;

namespace OpenMeet.Insights.Domain.Capacity;

/// <summary>The use of the last 30 days, day by day: a flow as a level that can be forecast and held against what a pool gives in 30 days.</summary>
public static class RollingUse
{
    /// <summary>Days that are added up.</summary>
    public const int Days = 30;

    /// <summary>Sums of 30 days at the end of each day that has 30 days of use behind it; days before the first use are no use of nothing.</summary>
    /// <param name="first">The first day.</param>
    /// <param name="amounts">Amounts of complete days, from <paramref name="first"/> on without a gap.</param>
    public static IReadOnlyList<(LocalDate Day, decimal Level)> Of(LocalDate first, IReadOnlyList<decimal> amounts)
    {
        ArgumentNullException.ThrowIfNull(amounts);
        var begun = 0;
        while (begun < amounts.Count && amounts[begun] == 0) begun++;
        var sums = new List<(LocalDate, decimal)>();
        for (var day = begun + Days - 1; day < amounts.Count; day++) sums.Add((first.PlusDays(day), amounts.Skip(day - Days + 1).Take(Days).Sum()));
        return sums;
    }
}

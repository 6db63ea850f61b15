using NodaTime;

namespace OpenMeet.Insights.Domain.Controls;

/// <summary>A month of the past, held against a budget.</summary>
/// <param name="Month">Its first day.</param>
/// <param name="Reached">The day on which the budget was used up; none where it was not.</param>
/// <param name="Known">Whether what the month cost is known for every day of it that has passed.</param>
public sealed record BudgetMonth(LocalDate Month, LocalDate? Reached, bool Known = true)
{
    /// <summary>Whether it can be told if the budget was used up.</summary>
    public bool IsTold => Known || Reached is not null;
}

/// <summary>What a budget would have meant in months of the past.</summary>
/// <param name="Rule">The number of its rule.</param>
/// <param name="Name">Its name.</param>
/// <param name="Action">What would happen when it is used up.</param>
/// <param name="Months">The months that were looked at, the oldest first; none where the money of days is not known.</param>
/// <param name="DearestDay">What the dearest day of them cost; none where none is known.</param>
/// <param name="Currency">Of <paramref name="DearestDay"/>.</param>
public sealed record BudgetReplay(long Rule, string Name, BudgetAction Action, IReadOnlyList<BudgetMonth> Months, decimal? DearestDay, string Currency)
{
    /// <summary>How many complete months are looked at.</summary>
    public const int LookBack = 3;

    /// <summary>In a sentence: <c>would have paused on 17 Oct in the last three months</c>.</summary>
    public string Sentence
    {
        get
        {
            var verb = Action switch
            {
                BudgetAction.Pause => "paused",
                BudgetAction.Ask => "asked",
                _ => "told",
            };
            if (!Months.Any(m => m.IsTold)) return "what it would have meant is not known: there is no money by day to hold it against";
            var days = Months.Where(m => m.Reached is not null).Select(m => m.Reached!.Value.ToString("d MMM", System.Globalization.CultureInfo.InvariantCulture)).ToList();
            var unknown = Months.Count(m => !m.IsTold) is > 0 and var count ? FormattableString.Invariant($" ({count} of {Months.Count} months are not known)") : "";
            return (days.Count switch
            {
                0 => $"would not have {verb} in the last three months",
                1 => $"would have {verb} on {days[0]} in the last three months",
                _ => $"would have {verb} on {string.Join(", ", days.SkipLast(1))} and {days[^1]} in the last three months",
            }) + unknown;
        }
    }

    /// <summary>Holds an amount against days: each month begins from nothing.</summary>
    /// <param name="days">Days in order, each with what it cost; none where that is not known.</param>
    /// <param name="amount">The budget, more than 0.</param>
    public static IReadOnlyList<BudgetMonth> Of(IEnumerable<(LocalDate Day, decimal? Cost)> days, decimal amount)
    {
        var months = new List<BudgetMonth>();
        foreach (var month in days.GroupBy(d => d.Day.With(DateAdjusters.StartOfMonth)).OrderBy(m => m.Key))
        {
            var (sum, reached) = (0m, (LocalDate?)null);
            foreach (var (day, cost) in month.OrderBy(d => d.Day))
            {
                sum += cost ?? 0;
                if (reached is null && sum >= amount) reached = day;
            }
            // What is not known could only have come earlier.
            months.Add(new BudgetMonth(month.Key, reached, month.All(d => d.Cost is not null)));
        }
        return months;
    }
}

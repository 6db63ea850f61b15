using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Upgrades;

/// <summary>Reads thresholds, for the API and for the form alike.</summary>
internal static class RuleInput
{
    /// <summary>The thresholds of a body; those that it does not name are taken from others. Faults are gathered in the input.</summary>
    public static RuleTerms Terms(BodyInput input, RuleTerms otherwise)
    {
        var before = input.Faults.Count;
        var terms = new RuleTerms(
            Whole(input, "nearDays") ?? otherwise.NearDays, Whole(input, "habitCycles") ?? otherwise.HabitCycles, Whole(input, "neededDays") ?? otherwise.NeededDays,
            Whole(input, "solvedDays") ?? otherwise.SolvedDays, Whole(input, "sureDays") ?? otherwise.SureDays, input.Number("sureError") ?? otherwise.SureError,
            input.Number("savingNeeded") ?? otherwise.SavingNeeded);
        if (input.Faults.Count == before) input.Faults.AddRange(terms.Faults());
        return terms;
    }

    private static int? Whole(BodyInput input, string name)
    {
        if (input.Number(name) is not { } number) return null;
        if (decimal.Truncate(number) == number && Math.Abs(number) <= 100_000) return (int)number;
        input.Fault(name, "not_whole", $"'{name}' must be a whole number.");
        return null;
    }
}

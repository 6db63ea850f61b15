namespace OpenMeet.Insights.Domain.Upgrades;

/// <summary>The thresholds of the rule: data of a tenant, by version.</summary>
/// <param name="NearDays">A limit that the middle forecast reaches within so many days is near.</param>
/// <param name="HabitCycles">Of the last three cycles, so many at the limit make a habit.</param>
/// <param name="NeededDays">Days of data without which nothing is asked.</param>
/// <param name="SolvedDays">A way out that lasts so many days solves it alone.</param>
/// <param name="SureDays">With fewer days of data the confidence is low.</param>
/// <param name="SureError">With a greater median error of its own forecasts, a fraction, the confidence is low.</param>
/// <param name="SavingNeeded">What a cheaper plan must save more than, a cycle, in the account's currency.</param>
public sealed record RuleTerms(
    int NearDays, int HabitCycles, int NeededDays, int SolvedDays, int SureDays, decimal SureError, decimal SavingNeeded)
{
    /// <summary>The thresholds that every tenant begins with.</summary>
    public static readonly RuleTerms Standard = new(45, 2, 14, 180, 28, 0.25m, 0);

    /// <summary>What is wrong with them; none where they can be used.</summary>
    public IEnumerable<InputFault> Faults()
    {
        if (NearDays is < 1 or > 365) yield return Bounds("nearDays", "a number of days from 1 to 365");
        if (HabitCycles is < 1 or > 3) yield return Bounds("habitCycles", "a number of cycles from 1 to 3");
        if (NeededDays is < 14 or > 365) yield return Bounds("neededDays", "a number of days from 14, which a forecast needs, to 365");
        if (SolvedDays is < 1 or > 365) yield return Bounds("solvedDays", "a number of days from 1 to 365");
        if (SolvedDays < NearDays) yield return new("solvedDays", "out_of_order", "'solvedDays' must not be below 'nearDays': a way out would count as enough while the limit is still near.");
        if (SureDays is < 14 or > 365) yield return Bounds("sureDays", "a number of days from 14 to 365");
        if (SureError is <= 0 or > 1) yield return Bounds("sureError", "a fraction above 0, at most 1");
        if (SavingNeeded is < 0 or > 1_000_000) yield return Bounds("savingNeeded", "an amount from 0 to 1,000,000");
    }

    private static InputFault Bounds(string name, string what) => new(name, "out_of_range", $"'{name}' must be {what}.");
}

/// <summary>The rule as it is applied.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Terms">Its thresholds.</param>
/// <param name="IsOn">Whether it may ask; while it is off everything is worked out, and nothing asked.</param>
public sealed record AppliedRule(int Version, RuleTerms Terms, bool IsOn = true)
{
    /// <summary>What holds where nobody has changed anything.</summary>
    public static readonly AppliedRule Standard = new(1, RuleTerms.Standard);
}

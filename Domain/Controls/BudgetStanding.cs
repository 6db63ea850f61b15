using NodaTime;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Domain.Controls;

/// <summary>What happens when a budget is used up.</summary>
public enum BudgetAction
{
    /// <summary>It is told.</summary>
    Notify,

    /// <summary>The owner is asked, and new uploads go on until the answer.</summary>
    Ask,

    /// <summary>New uploads pause until the month ends, or until the owner lets them go on.</summary>
    Pause,
}

/// <summary>What the owner said of a budget that is used up. It holds until the month ends, or the amount changes.</summary>
public enum BudgetAnswer
{
    /// <summary>Uploads go on.</summary>
    GoOn,

    /// <summary>New uploads pause.</summary>
    Pause,
}

/// <summary>Where a budget stands.</summary>
public enum BudgetState
{
    /// <summary>What was used so far is not known.</summary>
    Unknown,

    /// <summary>Not used up.</summary>
    Within,

    /// <summary>Used up, and told.</summary>
    Told,

    /// <summary>Used up; the owner was asked and has not answered. Uploads go on.</summary>
    Asked,

    /// <summary>Used up; the owner lets uploads go on.</summary>
    Approved,

    /// <summary>Used up; new uploads are refused.</summary>
    Paused,
}

/// <summary>A budget of a group, what happens at it, and what was last measured of it in the running month.</summary>
/// <param name="Rule">The number of its rule.</param>
/// <param name="Money">Which money.</param>
/// <param name="Amount">How much a month.</param>
/// <param name="Action">What happens when it is used up.</param>
/// <param name="Cost">So far in the running month, when it was last measured; none where that is not known.</param>
/// <param name="MeasuredAt">When that was; none where it was not measured in this month yet.</param>
/// <param name="Answer">What the owner said in this month.</param>
/// <param name="AnsweredBy">Who said it.</param>
public sealed record BudgetStanding(
    long Rule, AlertMoney Money, Amount Amount, BudgetAction Action, Amount? Cost = null, Instant? MeasuredAt = null, BudgetAnswer? Answer = null, string? AnsweredBy = null)
{
    /// <summary>The source of its link in a quota's chain.</summary>
    public const string Source = "budget";

    /// <summary>Whether it is used up.</summary>
    public bool IsReached => Cost is { } cost && cost.Value >= Amount.Value;

    /// <summary>Where it stands. What is not known stops nothing.</summary>
    public BudgetState State => (Cost, IsReached, Action, Answer) switch
    {
        (null, _, _, _) => BudgetState.Unknown,
        (_, false, _, _) => BudgetState.Within,
        (_, _, BudgetAction.Notify, _) => BudgetState.Told,
        (_, _, _, BudgetAnswer.GoOn) => BudgetState.Approved,
        (_, _, BudgetAction.Ask, null) => BudgetState.Asked,
        _ => BudgetState.Paused,
    };

    /// <summary>Its name: <c>budget of 50.00 USD a month (cost)</c>.</summary>
    public string Name => $"budget of {Amount.RoundToMinor()} a month ({(Money == AlertMoney.Charge ? "charge" : "cost")})";

    /// <summary>What a check is answered while it pauses uploads; the figures stay those of the quota that was asked.</summary>
    /// <param name="asked">What the quota itself answers.</param>
    /// <param name="now">Now, for the age of the measurement.</param>
    /// <param name="until">The end of the month.</param>
    public QuotaAnswer Refuse(QuotaAnswer asked, Instant now, LocalDate until)
    {
        ArgumentNullException.ThrowIfNull(asked);
        return asked with { Allowed = false, State = QuotaState.Blocked, Reason = FormattableString.Invariant($"Denied: new uploads are paused by the {Name}: {Cost?.RoundToMinor()} so far, measured {Age(now)}; until {until:uuuu-MM-dd}. Reading, exporting, deleting and cancelling go on.") };
    }

    /// <summary>The chain of a quota, led by the budget that answers.</summary>
    public IReadOnlyList<LimitLink> LimitsOver(IEnumerable<LimitLink> chain) =>
        [new LimitLink(Source, $"{Name} pauses new uploads", null, null, true), .. chain.Select(l => l with { Applies = false })];

    /// <summary>How old the measurement is: <c>4 minutes ago</c>.</summary>
    public string Age(Instant now) => MeasuredAt is not { } at ? "never" : (int)(now - at).TotalMinutes switch
    {
        < 1 => "less than a minute ago",
        1 => "a minute ago",
        < 120 and var minutes => FormattableString.Invariant($"{minutes} minutes ago"),
        var minutes => FormattableString.Invariant($"{minutes / 60} hours ago"),
    };
}

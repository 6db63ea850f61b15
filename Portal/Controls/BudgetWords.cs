using NodaTime;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>What happens at budgets, as people read it.</summary>
internal static class BudgetWords
{
    private const decimal ChecksADay = 24m * 60m / AlertEvaluation.EveryMinutes;

    /// <inheritdoc cref="BudgetStanding.Name"/>
    public static string Name(BudgetStanding budget) =>
        Words.Say(budget.Money == AlertMoney.Charge ? "budget of {0} a month (charge)" : "budget of {0} a month (cost)", Formats.Money(budget.Amount.RoundToMinor()));

    /// <inheritdoc cref="BudgetStanding.Age"/>
    public static string Age(BudgetStanding budget, Instant now) => budget.MeasuredAt is not { } at ? Words.Say("never") : (int)(now - at).TotalMinutes switch
    {
        < 1 => Words.Say("less than a minute ago"),
        1 => Words.Say("a minute ago"),
        < 120 and var minutes => Words.Say("{0} minutes ago", Formats.Number(minutes)),
        var minutes => Words.Say("{0} hours ago", Formats.Number(minutes / 60)),
    };

    /// <summary>A choice.</summary>
    public static string Of(BudgetAction action) => Words.Say(action switch
    {
        BudgetAction.Notify => "Notify",
        BudgetAction.Ask => "Ask me",
        _ => "Pause new uploads",
    });

    /// <summary>Where a budget stands, in a few words.</summary>
    public static string Of(BudgetState state) => Words.Say(state switch
    {
        BudgetState.Unknown => "not measured yet",
        BudgetState.Within => "within",
        BudgetState.Told => "used up, told",
        BudgetState.Asked => "used up, waits for your answer",
        BudgetState.Approved => "used up, uploads go on",
        _ => "used up, new uploads paused",
    });

    /// <inheritdoc cref="BudgetReplay.Sentence"/>
    public static string Past(BudgetReplay replay)
    {
        if (!replay.Months.Any(m => m.IsTold)) return Words.Say("what it would have meant is not known: there is no money by day to hold it against");
        string[] reached = [.. replay.Months.Where(m => m.Reached is not null).Select(m => Formats.Day(m.Reached))];
        var days = Words.Listed(reached);
        var past = (replay.Action, reached.Length) switch
        {
            (BudgetAction.Pause, 0) => Words.Say("would not have paused in the last three months"),
            (BudgetAction.Ask, 0) => Words.Say("would not have asked in the last three months"),
            (_, 0) => Words.Say("would not have told in the last three months"),
            (BudgetAction.Pause, _) => Words.Say("would have paused on {0} in the last three months", days),
            (BudgetAction.Ask, _) => Words.Say("would have asked on {0} in the last three months", days),
            _ => Words.Say("would have told on {0} in the last three months", days),
        };
        return replay.Months.Count(m => !m.IsTold) is > 0 and var unknown ? Words.Say("{0} ({1} of {2} months are not known)", past, Formats.Number(unknown), Formats.Number(replay.Months.Count)) : past;
    }

    /// <summary>How late a pause may come: it is measured now and then, not at each upload.</summary>
    /// <param name="dearestDay">What the dearest day of the last months cost; none where that is not known.</param>
    /// <param name="currency">Its currency.</param>
    public static string Latency(decimal? dearestDay, string currency) => dearestDay is { } day
        ? Words.Say("Checked every {0} minutes, not at each upload; it may be exceeded by up to {1} between two checks, at the pace of the dearest day of the last three months. A pause stops new uploads only: what is stored already goes on costing.", Formats.Number(AlertEvaluation.EveryMinutes), Formats.Money(new Amount(decimal.Round(day / ChecksADay, 12), new Currency(currency))))
        : Words.Say("Checked every {0} minutes, not at each upload; how much may be exceeded between two checks is not known. A pause stops new uploads only: what is stored already goes on costing.", Formats.Number(AlertEvaluation.EveryMinutes));
}

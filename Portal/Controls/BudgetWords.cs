using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Alerts;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>What happens at budgets, as people read it.</summary>
internal static class BudgetWords
{
    private const decimal ChecksADay = 24m * 60m / AlertEvaluation.EveryMinutes;

    /// <summary>A choice.</summary>
    public static string Of(BudgetAction action) => action switch
    {
        BudgetAction.Notify => "Notify",
        BudgetAction.Ask => "Ask me",
        _ => "Pause new uploads",
    };

    /// <summary>Where a budget stands, in a few words.</summary>
    public static string Of(BudgetState state) => state switch
    {
        BudgetState.Unknown => "not measured yet",
        BudgetState.Within => "within",
        BudgetState.Told => "used up, told",
        BudgetState.Asked => "used up, waits for your answer",
        BudgetState.Approved => "used up, uploads go on",
        _ => "used up, new uploads paused",
    };

    /// <summary>How late a pause may come: it is measured now and then, not at each upload.</summary>
    /// <param name="dearestDay">What the dearest day of the last months cost; none where that is not known.</param>
    /// <param name="currency">Its currency.</param>
    public static string Latency(decimal? dearestDay, string currency) =>
        $"Checked every {AlertEvaluation.EveryMinutes} minutes, not at each upload; "
        + (dearestDay is { } day ? $"it may be exceeded by up to {Shared.Formats.Money(new Amount(decimal.Round(day / ChecksADay, 12), new Currency(currency)))} between two checks, at the pace of the dearest day of the last three months" : "how much may be exceeded between two checks is not known")
        + ". A pause stops new uploads only: what is stored already goes on costing.";
}

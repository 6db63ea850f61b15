using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Usage;

/// <summary>The sentence at the top of a usage page: am I all right, what is next, when.</summary>
/// <param name="Text">The sentence.</param>
/// <param name="Range">The range of its date, where it has one.</param>
/// <param name="Consequence">What happens at the limit.</param>
public sealed record UsageSentence(string Text, string? Range, string Consequence)
{
    /// <summary>Words it from the most urgent row.</summary>
    /// <param name="rows">The account's rows of the running cycle.</param>
    /// <param name="payer">Who pays, where it is not the account itself.</param>
    /// <param name="today">The reader's day.</param>
    public static UsageSentence Of(IReadOnlyList<UsageRow> rows, string? payer, LocalDate today)
    {
        var first = Urgent(rows) is [var urgent, ..] ? urgent : null;
        return first switch
        {
            null when payer is not null => new(Words.Say("{0} pays for this group, and the limits stand in that account.", payer), null, Words.Say("A plan of its own would make the group an account with its own limits.")),
            null => new(Words.Say("Nothing limits this account."), null, Words.Say("Everything is counted; nothing stops.")),
            { State: QuotaState.Blocked } => new(Words.Say("{0} is full: {1}.", Words.Named(first.Meter.Name), Amounts(first)), null, AtLimit(first)),
            { State: QuotaState.Over } => new(Words.Say("{0} is over its limit: {1}. Nothing stops.", Words.Named(first.Meter.Name), Amounts(first)), null, AtLimit(first)),
            { Reaches: { Outcome: LimitDateOutcome.Dated } reaches } => new(
                Within(first) + " " + Words.Say("{0} is the first limit you would meet, about {1}", Words.Named(first.Meter.Name), ForecastWords.Date(reaches.P50!.Value, today)), $"({ForecastWords.Range(reaches, today)}).", AtLimit(first)),
            { State: QuotaState.Act or QuotaState.Watch } => new(Words.Say(IsPlan(first) ? "Within your plan, but {0} is close to its limit: {1}." : "Within your limits, but {0} is close to its limit: {1}.", Words.Named(first.Meter.Name), Amounts(first)), null, Why(first) + AtLimit(first)),
            _ => new($"{Within(first)} {Words.Named(first.Meter.Name)}: {Amounts(first)}.", null, Why(first) + AtLimit(first)),
        };
    }

    /// <summary>Limited rows, most urgent first: those that are at their limit, then by days to it, then by percent.</summary>
    public static IReadOnlyList<UsageRow> Urgent(IEnumerable<UsageRow> rows) => [.. rows.Where(r => r.Limit is not null)
        .OrderByDescending(r => r.State == QuotaState.Blocked).ThenByDescending(r => r.State == QuotaState.Over)
        .ThenBy(r => r.Reaches?.P50Days ?? int.MaxValue)
        .ThenByDescending(r => r.Limit > 0 ? ((r.Used ?? 0) + (r.Reserved ?? 0)) / r.Limit : 0)
        .ThenBy(r => r.Meter.Name, StringComparer.Ordinal)];

    /// <summary>What happens at a row's limit.</summary>
    public static string AtLimit(UsageRow row) => row switch
    {
        { LimitKind: LimitKind.Hard, Meter.IsStorage: true } => Words.Say("At the limit, new uploads pause until there is room. Reading, exporting and deleting always work, and nothing is deleted."),
        { LimitKind: LimitKind.Hard } => Words.Say("At the limit, what would add to it is refused. Reading, exporting and deleting always work."),
        _ => Words.Say("The limit only warns: nothing stops there."),
    };

    private static string Amounts(UsageRow row) => Formats.Of(row.Used, row.Limit, row.Meter.Unit);

    private static bool IsPlan(UsageRow row) => row.Chain.FirstOrDefault(l => l.Applies)?.Source == "plan";

    private static string Within(UsageRow row) => IsPlan(row) ? Words.Say("Within your plan.") : Words.Say("Within your limits.");

    private static string Why(UsageRow row) => row.Reaches?.Outcome switch
    {
        LimitDateOutcome.NotGrowing => Words.Say("It is not growing, so there is no date.") + " ",
        LimitDateOutcome.MoreThanAYear => Words.Say("At this pace it lasts more than a year.") + " ",
        LimitDateOutcome.NotThisPeriod => Words.Say("At this pace it is not met in this cycle.") + " ",
        LimitDateOutcome.TooLittleData => Words.Say("There is too little data for a date: {0} of {1} days.", Formats.Number(row.Reaches.Days), Formats.Number(row.Reaches.DaysNeeded)) + " ",
        _ => "",
    };
}

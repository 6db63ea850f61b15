using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Pricing;
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
            null when payer is not null => new($"{payer} pays for this group, and the limits stand in that account.", null, "A plan of its own would make the group an account with its own limits."),
            null => new("Nothing limits this account.", null, "Everything is counted; nothing stops."),
            { State: QuotaState.Blocked } => new($"{first.Meter.Name} is full: {Amounts(first)}.", null, AtLimit(first)),
            { State: QuotaState.Over } => new($"{first.Meter.Name} is over its limit: {Amounts(first)}. Nothing stops.", null, AtLimit(first)),
            { Reaches: { Outcome: LimitDateOutcome.Dated } reaches } => new(
                $"Within {Whose(first)}. {first.Meter.Name} is the first limit you would meet, about {ForecastText.Date(reaches.P50!.Value, today)}", $"({ForecastText.Range(reaches, today)}).", AtLimit(first)),
            { State: QuotaState.Act or QuotaState.Watch } => new($"Within {Whose(first)}, but {first.Meter.Name} is close to its limit: {Amounts(first)}.", null, Why(first) + AtLimit(first)),
            _ => new($"Within {Whose(first)}. {first.Meter.Name}: {Amounts(first)}.", null, Why(first) + AtLimit(first)),
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
        { LimitKind: LimitKind.Hard, Meter.IsStorage: true } => "At the limit, new uploads pause until there is room. Reading, exporting and deleting always work, and nothing is deleted.",
        { LimitKind: LimitKind.Hard } => "At the limit, what would add to it is refused. Reading, exporting and deleting always work.",
        _ => "The limit only warns: nothing stops there.",
    };

    private static string Amounts(UsageRow row) => Formats.Of(row.Used, row.Limit, row.Meter.Unit);

    private static string Whose(UsageRow row) => row.Chain.FirstOrDefault(l => l.Applies)?.Source == "plan" ? "your plan" : "your limits";

    private static string Why(UsageRow row) => row.Reaches?.Outcome switch
    {
        LimitDateOutcome.NotGrowing => "It is not growing, so there is no date. ",
        LimitDateOutcome.MoreThanAYear => "At this pace it lasts more than a year. ",
        LimitDateOutcome.NotThisPeriod => "At this pace it is not met in this cycle. ",
        LimitDateOutcome.TooLittleData => $"There is too little data for a date: {row.Reaches.Days} of {row.Reaches.DaysNeeded} days. ",
        _ => "",
    };
}

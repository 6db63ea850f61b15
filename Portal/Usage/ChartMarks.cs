using NodaTime;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Portal.Shared.Charts;

namespace OpenMeet.Insights.Portal.Usage;

/// <summary>Marks of an account on a chart: one a day, with all that happened on it.</summary>
internal static class ChartMarks
{
    /// <summary>The most event days that a chart marks; of more, none is: a mark on every other day says nothing.</summary>
    public const int MostEventDays = 10;

    /// <summary>Marks between two days, both included; those about another meter than the chart's are left out.</summary>
    public static IEnumerable<ChartAnnotation> Of(IReadOnlyList<AccountMark> marks, LocalDate first, LocalDate last, string? meter = null)
    {
        var shown = marks.Where(m => m.Day >= first && m.Day <= last && (m.Meter is null || meter is null || m.Meter.Slug == meter)).ToList();
        var events = shown.Count(m => m.Events > 0) <= MostEventDays;
        return shown.Where(m => events || m.Events == 0).GroupBy(m => m.Day)
            .Select(day => new ChartAnnotation(string.Join(", ", day.Select(Text)), new DateTimeOffset(day.Key.ToDateTimeUnspecified(), TimeSpan.Zero)));
    }

    /// <summary>"Plan Club", "Storage limit 12 GB", "2 events".</summary>
    public static string Text(AccountMark mark) => mark switch
    {
        { Plan: { } plan } => Words.Say("Plan {0}", plan),
        { Meter: { } meter, Limit: { } limit } => Words.Say("{0} limit {1}", Words.Named(meter.Name), Formats.Legible(limit, meter.Unit)),
        { Meter: { } meter } => Words.Say("{0} limit ends", Words.Named(meter.Name)),
        { Events: 1 } => Words.Say("Event"),
        _ => Words.Say("{0} events", Formats.Number(mark.Events)),
    };
}

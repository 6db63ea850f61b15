using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>Limits of plans, and what a change of plan does to them, in words.</summary>
internal static class EffectWords
{
    /// <summary>"10 GB, hard"; "no limit".</summary>
    public static string Limit(EffectiveLimit limit, string unit) => limit.Limit is { } most ? Limit(most, limit.Kind, unit) : Words.Say("no limit");

    /// <inheritdoc cref="Limit(EffectiveLimit, string)"/>
    public static string Limit(decimal limit, LimitKind? kind, string unit) => kind == LimitKind.Hard
        ? Words.Say("{0}, hard", Formats.Legible(limit, unit))
        : Words.Say("{0}, soft", Formats.Legible(limit, unit));

    /// <summary>How the use of now stands against the limit after the change.</summary>
    public static string Then(LimitEffect limit) => (limit.Used, limit.IsOverAfter) switch
    {
        (null, _) => Words.Say("use is not known"),
        (_, false) => Words.Say("within it"),
        ({ } used, true) when limit.After.Kind == LimitKind.Hard => Words.Say("over by {0}: new use pauses until there is room", Over(limit, used)),
        ({ } used, true) => Words.Say("over by {0}: nothing stops", Over(limit, used)),
    };

    private static string Over(LimitEffect limit, decimal used) => Formats.Legible(used - limit.After.Limit!.Value, limit.Meter.Unit);
}

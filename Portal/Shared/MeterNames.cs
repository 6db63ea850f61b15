using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Shared;

/// <summary>Meters as they are named within a sentence or by their slug.</summary>
internal static class MeterNames
{
    /// <summary>A meter of which only the slug is at hand, as it begins a line: a standard one by its name, any other by its slug as words.</summary>
    public static string Titled(string slug) => DefaultMeters.All.FirstOrDefault(m => m.Slug == slug) is { } meter ? Words.Named(meter.Name) : slug.Replace('_', ' ');

    /// <summary>A standard meter in the reader's language; in English, and of any other meter, what the data call it.</summary>
    public static string Of(string slug, string name) =>
        Language.Current == Language.English || DefaultMeters.All.FirstOrDefault(m => m.Slug == slug) is not { } meter ? name : Words.Within(Words.Named(meter.Name));
}

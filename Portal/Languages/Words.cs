using System.Collections.Frozen;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace OpenMeet.Insights.Portal.Languages;

/// <summary>
/// The words of pages in the language of the reader. A text's key is its English sentence, so that a page still reads as prose where it
/// is written. It lives in the <c>Words.resx</c> and its sisters of the folder that says it; what several folders say lives in this one.
/// </summary>
public sealed class Words
{
    private static readonly FrozenDictionary<string, FrozenDictionary<string, string>> Texts = Language.All.ToFrozenDictionary(l => l.Code, Read);

    private Words()
    {
    }

    /// <summary>A text; figures and names go to its <c>{0}</c>, <c>{1}</c> already written.</summary>
    public static string Say(string text, params IReadOnlyList<string?> values) => string.Format(Language.Current.Culture, Named(text), [.. values]);

    /// <summary>A text that comes from the data: that of a standard meter or metric in the reader's language, any other as it stands.</summary>
    public static string Named(string text) => Texts[Language.Current.Code].GetValueOrDefault(text, text);

    /// <summary>A name within a sentence: with a small letter, but not in German, where nouns keep theirs, nor where it is written in capitals.</summary>
    public static string Within(string name) =>
        Language.Current == Language.German || (name.Length > 1 && char.IsUpper(name[1])) ? name : char.ToLowerInvariant(name[0]) + name[1..];

    /// <summary>"1 day", "7 days": one form for exactly one and one for every other number, as all three languages have it. The number is <c>{0}</c>.</summary>
    public static string Count(decimal count, string one, string many, params IReadOnlyList<string?> values) =>
        Say(count == 1 ? one : many, [Shared.Formats.Number(count), .. values]);

    /// <summary>"a", "a and b", "a, b and c".</summary>
    public static string Listed(IReadOnlyList<string> parts) => parts.Count < 2 ? string.Concat(parts) : Say("{0} and {1}", string.Join(", ", parts.SkipLast(1)), parts[^1]);

    private static FrozenDictionary<string, string> Read(Language language)
    {
        const string ending = ".Words.resources";
        var portal = typeof(Words).Assembly;
        var factory = new ResourceManagerStringLocalizerFactory(Options.Create(new LocalizationOptions()), NullLoggerFactory.Instance);
        return Language.In(language, () => portal.GetManifestResourceNames().Where(n => n.EndsWith(ending, StringComparison.Ordinal))
            .SelectMany(n => factory.Create(n[..^".resources".Length], portal.GetName().Name!).GetAllStrings(includeParentCultures: true))
            .ToFrozenDictionary(t => t.Name, t => t.Value, StringComparer.Ordinal));
    }
}

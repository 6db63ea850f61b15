using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace OpenMeet.Insights.Portal.Languages;

/// <summary>
/// The words of pages, from <c>Words.resx</c> and its sisters, in the language of the reader. A text's key is its English sentence, so
/// that a page still reads as prose where it is written.
/// </summary>
public sealed class Words
{
    private static readonly IStringLocalizer Texts = new ResourceManagerStringLocalizerFactory(
        Options.Create(new LocalizationOptions()), NullLoggerFactory.Instance).Create(typeof(Words));

    private Words()
    {
    }

    /// <summary>A text; figures and names go to its <c>{0}</c>, <c>{1}</c> already written.</summary>
    public static string Say(string text, params IReadOnlyList<string?> values) => string.Format(Language.Current.Culture, Texts[text].Value, [.. values]);

    /// <summary>A name that comes from the data: that of a standard meter in the reader's language, any other as it stands.</summary>
    public static string Named(string name) => Texts[name].Value;

    /// <summary>"1 day", "7 days": one form for exactly one and one for every other number, as all three languages have it.</summary>
    public static string Count(decimal count, string one, string many) => Say(count == 1 ? one : many, Shared.Formats.Number(count));
}

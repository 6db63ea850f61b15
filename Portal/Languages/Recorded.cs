using System.Globalization;
using System.Text.RegularExpressions;
using NodaTime.Text;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Languages;

/// <summary>
/// Says in the reader's language what a record has in English: by the sentence that it was written with, its figures and days as pages write
/// them. The record stays as it is, and what was written with none of the sentences stands as it is.
/// </summary>
/// <param name="sentences">What the records were written with; of two that fit, the first one.</param>
internal sealed partial class Recorded(params IReadOnlyList<string> sentences)
{
    private const string Later = "later";

    private static readonly LocalDatePattern[] Days = [LocalDatePattern.CreateWithInvariantCulture("d MMM uuuu"), LocalDatePattern.CreateWithInvariantCulture("d MMM")];

    private readonly (string Text, int Places, Regex Shape)[] _sentences = [.. sentences.Select(s => (s, Place().Count(s), Shape(s)))];

    /// <summary>The sentences.</summary>
    public IReadOnlyList<string> Sentences => sentences;

    /// <summary>A text of a record.</summary>
    public string Say(string recorded)
    {
        foreach (var (text, places, shape) in _sentences)
        {
            if (shape.Match(recorded) is { Success: true } match) return Words.Say(text, [.. Enumerable.Range(0, places).Select(i => Part(match.Groups[$"p{i}"].Value))]);
        }
        // A day looks like a figure with its unit.
        return Range(recorded) ?? Figures(recorded) ?? Words.Named(recorded);
    }

    // What has no figure is a name, whatever words are in it.
    private string Part(string text) => text.AsSpan().ContainsAnyInRange('0', '9') ? Say(text) : Words.Named(text);

    /// <summary>"22.8 GB", "75, 90 and 100".</summary>
    private static string? Figures(string text)
    {
        var parts = And().Split(text);
        return parts.All(p => Figure().IsMatch(p)) ? Words.Listed([.. parts.Select(p => Figure().Replace(p, Written))]) : null;
    }

    /// <summary>"22 Dec – 24 Jan", "2 Jan".</summary>
    private static string? Range(string text)
    {
        string?[] parts = [.. text.Split(" – ").Select(p => p == Later ? Words.Named(Later) : Day(p))];
        return parts.Contains(null) ? null : string.Join(" – ", parts);
    }

    private static string? Day(string text) =>
        Days[0].Parse(text) is { Success: true } whole ? Formats.Date(whole.Value) : Days[1].Parse(text) is { Success: true } near ? Formats.Day(near.Value) : null;

    private static string Written(Match figure)
    {
        var number = decimal.Parse(figure.Groups["number"].ValueSpan, NumberStyles.AllowThousands | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        var unit = figure.Groups["unit"];
        return figure.Groups["sign"].Value + Language.Current.Figure(number, "#,##0." + new string('0', number.Scale)) + figure.Groups["more"].Value + (unit.Success ? " " + Units.Name(unit.Value) : "");
    }

    private static Regex Shape(string sentence) =>
        new('^' + Place().Replace(Regex.Escape(sentence).Replace("\\{", "{", StringComparison.Ordinal), "(?<p$1>.+?)") + '$', RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.Singleline);

    [GeneratedRegex("""\{(\d)\}""")]
    private static partial Regex Place();

    [GeneratedRegex(", | and ")]
    private static partial Regex And();

    /// <summary>A number, with an ellipsis where it has more decimals, and its unit.</summary>
    [GeneratedRegex("""^(?<sign>-?)(?<number>\d[\d,]*(?:\.\d+)?)(?<more>…?)(?: (?<unit>%|[A-Za-z][\w-]*))?$""")]
    private static partial Regex Figure();
}

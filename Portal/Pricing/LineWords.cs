using System.Text.RegularExpressions;
using NodaTime.Text;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>
/// A line of a statement in the reader's language. Its texts stand in frozen records, so they are read back piece by piece; in English they are
/// what the record has, with moments and months as pages write them.
/// </summary>
internal static partial class LineWords
{
    private static readonly LocalDateTimePattern Moment = LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd HH:mm");

    /// <summary>What a description and an arithmetic are made of.</summary>
    internal static readonly Recorded Pieces = new(
        "{0} of {1} included", "{0} of {1} days", "{0} of {1} s", "{0} charged in packages of {1}", "{0} packages of {1}", "{0} flat", "less {0} %", "rounded {0}", "minimum {0}", "{0} now", "{0} adjusted before",
        "{0} charged per unit", "{0} charged by graduated tiers", "{0} charged at one tier's price", "{0} charged", "{0} beyond",
        "{0} late event", "{0} late events", "{0} voided event", "{0} voided events");

    // Pieces that are known as they stand.
    private static readonly string[] Fixed = ["no price", "flat", "not charged", "to minimum", "a change of owner, plan, meter or of an earlier month"];

    /// <summary>What the line is for.</summary>
    public static string Description(StatementLine line)
    {
        var whole = Between().Match(line.Description);
        var head = Head(line, whole.Groups["head"].Value);
        return Capital(head) + When(", from {0}", whole.Groups["from"].Value) + When(", until {0}", whole.Groups["until"].Value);
    }

    /// <summary>How its amount came about.</summary>
    public static string Arithmetic(StatementLine line) => Each(line.Arithmetic);

    private static string Head(StatementLine line, string head)
    {
        var name = line.Meter == StatementLine.Fee ? Words.Say("fee") : Words.Within(MeterNames.Titled(line.Meter));
        if (line.Adjusts is { } adjusts) return Words.Say("Adjustment of {0}, {1}: {2}", Month(adjusts.Period), name, Each(adjusts.Cause));
        if (line.Meter == StatementLine.Fee) return head.StartsWith("Fee of ", StringComparison.Ordinal) ? Words.Say("Fee of {0}", head["Fee of ".Length..]) : head;
        var colon = head.IndexOf(": ", StringComparison.Ordinal);
        return colon < 0 ? head : name + ": " + Each(head[(colon + 2)..]);
    }

    private static string Each(string text) => Fixed.Contains(text) ? Words.Named(text) : string.Concat(Joint().Split(text).Select((piece, i) => i % 2 == 1 || piece.Length == 0 ? piece : Piece(piece)));

    private static string Piece(string piece) => Fixed.Contains(piece) ? Words.Named(piece) : Pieces.Say(piece);

    private static string When(string text, string moment) =>
        moment.Length == 0 ? "" : Words.Say(text, Moment.Parse(moment) is { Success: true } at ? $"{Formats.Date(at.Value.Date)}, {at.Value.TimeOfDay:HH':'mm}" : moment);

    private static string Month(string period) => BillingPeriod.TryParse(period, NodaTime.DateTimeZone.Utc, out var month) ? Formats.Month(new DateOnly(month.Year, month.Month, 1)) : period;

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>A description, and from when until when where that is not the whole month.</summary>
    [GeneratedRegex("""^(?<head>.*?)(?:, from (?<from>\d{4}-\d{2}-\d{2} \d{2}:\d{2}))?(?:, until (?<until>\d{4}-\d{2}-\d{2} \d{2}:\d{2}))?$""", RegexOptions.Singleline)]
    private static partial Regex Between();

    /// <summary>Signs and commas between the pieces; a comma within a number is followed by no space.</summary>
    [GeneratedRegex("""( [×+=-] |, |; |[()])""")]
    private static partial Regex Joint();
}

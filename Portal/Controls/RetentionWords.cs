using OpenMeet.Insights.Domain.Controls;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>Retention as people read it.</summary>
internal static class RetentionWords
{
    /// <summary>Who deletes.</summary>
    public const string WhoDeletes = "This service deletes nothing. OpenMeet deletes the files when it reads the list: into a bin for 14 days, and the owner is told. Each deletion then comes back as an event, and the file leaves the list.";

    /// <summary>Why nothing is handed to OpenMeet: <c>off</c>, <c>legalHold</c> or <c>noTimes</c>; null where files are.</summary>
    public static string? HeldBy(Retention retention) => retention switch
    {
        { LegalHold: true } => "legalHold",
        { On: false } => "off",
        { Kinds.Count: 0 } => "noTimes",
        _ => null,
    };

    /// <summary>A kind: <c>photo</c>, <c>every other kind</c>.</summary>
    public static string Kind(string kind) => kind == Retention.Other ? "every other kind" : kind;

    /// <summary>A line: <c>12 months after the upload</c>.</summary>
    public static string Of(KindRetention? line) => line is null ? "kept"
        : $"{Shared.Formats.Count(line.Months, "month", "months")} after {(line.After == RetentionStart.Event ? "the upload or its event, whichever is later" : "the upload")}";

    /// <summary>The page's sentence.</summary>
    public static string Sentence(Retention retention, RetentionEffect due) => (HeldBy(retention), due.Files) switch
    {
        ("legalHold", _) => "A legal hold is on: nothing of this group leaves.",
        ("noTimes", _) => "Files are kept until somebody deletes them.",
        ("off", _) when retention.Kinds.Count == 0 => "Files are kept until somebody deletes them.",
        ("off", _) => $"The retention is off. Switched on, it {due.Sentence}.",
        (_, 0) => "The retention is on; no file is due today.",
        _ => $"The retention is on. It {due.Sentence}.",
    };
}

using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Portal.Storage;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>Retention as people read it.</summary>
internal static class RetentionWords
{
    /// <summary>Who deletes.</summary>
    public static string WhoDeletes => Words.Say("This service deletes nothing. OpenMeet deletes the files when it reads the list: into a bin for {0} days, and the owner is told. Each deletion then comes back as an event, and the file leaves the list.", Formats.Number(Retention.BinDays));

    /// <summary>Why nothing is handed to OpenMeet: <c>off</c>, <c>legalHold</c> or <c>noTimes</c>; null where files are.</summary>
    public static string? HeldBy(Retention retention) => retention switch
    {
        { LegalHold: true } => "legalHold",
        { On: false } => "off",
        { Kinds.Count: 0 } => "noTimes",
        _ => null,
    };

    /// <summary>A kind: <c>photo</c>, <c>every other kind</c>.</summary>
    public static string Kind(string kind) => kind == Retention.Other ? Words.Say("every other kind") : FileKinds.Name(kind);

    /// <summary>A line: <c>12 months after the upload</c>.</summary>
    public static string Of(KindRetention? line) => line switch
    {
        null => Words.Say("kept"),
        { After: RetentionStart.Event } => Words.Count(line.Months, "{0} month after the upload or its event, whichever is later", "{0} months after the upload or its event, whichever is later"),
        _ => Words.Count(line.Months, "{0} month after the upload", "{0} months after the upload"),
    };

    /// <summary>What it frees, as <see cref="RetentionEffect.Sentence"/> says it, with the day as pages write it.</summary>
    public static string Frees(RetentionEffect due) => due.Oldest is null ? Words.Say("frees nothing now: no file is due")
        : Words.Count(
            due.Files, "frees {1}, {0} file, the oldest of {2}; {3} days in the bin; the owner is told", "frees {1}, {0} files, the oldest of {2}; {3} days in the bin; the owner is told",
            Formats.Legible(due.Bytes, Formats.BytesUnit), Formats.Date(due.Oldest), Formats.Number(Retention.BinDays));

    /// <summary>The page's sentence.</summary>
    public static string Sentence(Retention retention, RetentionEffect due) => (HeldBy(retention), due.Files) switch
    {
        ("legalHold", _) => Words.Say("A legal hold is on: nothing of this group leaves."),
        ("noTimes", _) => Words.Say("Files are kept until somebody deletes them."),
        ("off", _) when retention.Kinds.Count == 0 => Words.Say("Files are kept until somebody deletes them."),
        ("off", _) => Words.Say("The retention is off. Switched on, it {0}.", Frees(due)),
        (_, 0) => Words.Say("The retention is on; no file is due today."),
        _ => Words.Say("The retention is on. It {0}.", Frees(due)),
    };
}

using System.Diagnostics.CodeAnalysis;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Storage;

/// <summary>The kinds of files that platforms name, in the reader's language.</summary>
internal static class FileKinds
{
    /// <summary>A known kind in words, any other as it was sent.</summary>
    [return: NotNullIfNotNull(nameof(kind))]
    public static string? Name(string? kind) => kind switch
    {
        "photo" => Words.Say("photo"),
        "video" => Words.Say("video"),
        "audio" => Words.Say("audio"),
        "document" => Words.Say("document"),
        "backup" => Words.Say("backup"),
        "version" => Words.Say("version"),
        "bin" => Words.Say("bin"),
        "other" => Words.Say("other"),
        _ => kind,
    };
}

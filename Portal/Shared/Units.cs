using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Shared;

/// <summary>Units of meters and figures, in the reader's language.</summary>
internal static class Units
{
    /// <summary>A unit that the portal knows in words, any other as it stands.</summary>
    public static string Name(string unit) => unit switch
    {
        "emails" => Alone(Words.Say("{0} emails", "")),
        "messages" => Alone(Words.Say("{0} messages", "")),
        "files" => Alone(Words.Say("{0} files", "")),
        "calls" => Alone(Words.Say("{0} calls", "")),
        "operations" => Alone(Words.Say("{0} operations", "")),
        "events" => Alone(Words.Say("{0} events", "")),
        "answers" => Alone(Words.Say("{0} answers", "")),
        "groups" => Alone(Words.Say("{0} groups", "")),
        "users" => Alone(Words.Say("{0} users", "")),
        "members" => Alone(Words.Say("{0} members", "")),
        "people" => Alone(Words.Say("{0} people", "")),
        "points" => Alone(Words.Say("{0} points", "")),
        "money" => Alone(Words.Say("{0} money", "")),
        "cycles" => Alone(Words.Say("{0} cycles", "")),
        "days" => Alone(Words.Say("{0} days", "")),
        _ => Words.Named(unit),
    };

    private static string Alone(string text) => text.Trim();
}

using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Shared;

/// <summary>How a meter stands against its limit, as bars and chips show it.</summary>
public enum BarState
{
    Ok,

    /// <summary>75 % or a limit date within 45 days.</summary>
    Watch,

    /// <summary>90 % or a limit date within 14 days.</summary>
    Act,

    /// <summary>Beyond what is included; goes on and is billed.</summary>
    Over,

    /// <summary>A hard limit is reached: something stops.</summary>
    Blocked,

    /// <summary>No limit: no bar, never 0 %.</summary>
    None,

    /// <summary>Not recorded: no bar, no number.</summary>
    Unknown,
}

/// <summary>One kind inside a bar, in fixed order; the bin is hatched.</summary>
public sealed record QuotaPart(string Name, decimal Value, bool Hatched = false);

/// <summary>The words and marks of the states, the same on chips, bars and in what a screen reader says.</summary>
public static class BarStates
{
    /// <summary>Reads the wire's word (<c>ok</c>, <c>watch</c>, <c>act</c>, <c>over</c>, <c>blocked</c>); null is unknown.</summary>
    public static BarState Parse(string? word) => word switch
    {
        "ok" => BarState.Ok,
        "watch" => BarState.Watch,
        "act" => BarState.Act,
        "over" => BarState.Over,
        "blocked" => BarState.Blocked,
        "none" or "unlimited" => BarState.None,
        _ => BarState.Unknown,
    };

    public static string Word(this BarState state) => state switch
    {
        BarState.Ok => Words.Say("OK"),
        BarState.Watch => Words.Say("Watch"),
        BarState.Act => Words.Say("Act"),
        BarState.Over => Words.Say("Over, billed"),
        BarState.Blocked => Words.Say("Blocked"),
        BarState.None => Words.Say("Unlimited"),
        _ => Words.Say("Not recorded"),
    };

    public static string Icon(this BarState state) => state switch
    {
        BarState.Ok => InsightsIcons.Tick,
        BarState.Watch or BarState.Act => InsightsIcons.Warning,
        BarState.Over => InsightsIcons.Plus,
        BarState.Blocked => InsightsIcons.NoEntry,
        BarState.None => InsightsIcons.Infinity,
        _ => InsightsIcons.Lock,
    };

    public static string Class(this BarState state) => state switch
    {
        BarState.Ok => "ok",
        BarState.Watch => "watch",
        BarState.Act => "act",
        BarState.Over => "over",
        BarState.Blocked => "blocked",
        BarState.None => "none",
        _ => "off",
    };
}

namespace OpenMeet.Insights.Portal.Layout;

/// <summary>What the reader chose; kept in the cookie <c>theme</c>.</summary>
public enum ThemeChoice
{
    System,
    Light,
    Dark,
}

/// <summary>Reads and writes the choice as the cookie and the page's <c>data-theme</c> spell it.</summary>
public static class ThemeChoices
{
    public const string Cookie = "theme";

    public static ThemeChoice Parse(string? value) => value switch
    {
        "light" => ThemeChoice.Light,
        "dark" => ThemeChoice.Dark,
        _ => ThemeChoice.System,
    };

    public static string Name(this ThemeChoice choice) => choice switch
    {
        ThemeChoice.Light => "light",
        ThemeChoice.Dark => "dark",
        _ => "system",
    };

    /// <summary>The value of <c>data-theme</c>, or null to follow the system.</summary>
    public static string? Attribute(this ThemeChoice choice) => choice == ThemeChoice.System ? null : choice.Name();
}

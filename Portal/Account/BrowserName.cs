using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>What a browser calls itself, in two words: enough to know one's own again.</summary>
public static class BrowserName
{
    private static readonly (string Mark, string Name)[] Browsers = [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    private static readonly (string Mark, string Name)[] Systems = [("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux")];

    public static string Of(string? agent)
    {
        var browser = Browsers.FirstOrDefault(b => agent?.Contains(b.Mark, StringComparison.Ordinal) == true).Name;
        var system = Systems.FirstOrDefault(s => agent?.Contains(s.Mark, StringComparison.Ordinal) == true).Name;
        return (browser, system) switch
        {
            (null, null) => Words.Say("Unknown browser"),
            ({ } b, { } s) => $"{b}, {s}",
            _ => browser ?? system!,
        };
    }
}

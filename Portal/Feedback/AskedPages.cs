namespace OpenMeet.Insights.Portal.Feedback;

/// <summary>The pages below which is asked whether they were useful, named without the names in them.</summary>
internal static class AskedPages
{
    /// <summary>The page of an address; null where nothing is asked.</summary>
    /// <param name="address">Path and query, without a leading slash.</param>
    public static string? Of(string address)
    {
        var parts = address.Split('?', '#')[0].Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts switch
        {
            // A decision asks by itself.
            [.., "why"] => null,
            ["me", ..] or ["network", ..] or ["events"] or ["glossary"] => "/" + string.Join('/', parts),
            ["groups", _, .. var rest] when rest.Length > 0 => "/groups/*/" + string.Join('/', rest),
            _ => null,
        };
    }
}

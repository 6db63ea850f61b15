using System.Reflection;
using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Tests.Browser;

/// <summary>Who may see a page; each sees what the ones before may, but for the sign-in.</summary>
public enum PageRole
{
    Nobody,
    Member,
    Manager,
    Admin,
}

/// <summary>A page's route, such as <c>/groups/{Group}/usage</c>, with the first role that may see it.</summary>
public sealed record PortalRoute(string Template, PageRole First)
{
    /// <summary>All that the portal's components say.</summary>
    public static IReadOnlyList<PortalRoute> All { get; } =
    [
        .. typeof(PortalHost).Assembly.GetTypes().SelectMany(t => t.GetCustomAttributes<RouteAttribute>()).Select(r => r.Template).Distinct()
            .Order(StringComparer.Ordinal).Select(t => new PortalRoute(t, FirstOf(t))),
    ];

    /// <summary>Which route a path belongs to; words before placeholders. Null for what is no page.</summary>
    public static PortalRoute? Of(string path) => All.Where(r => r.Fits(path)).OrderBy(r => r.Template.Count(c => c == '{')).FirstOrDefault();

    private bool Fits(string path)
    {
        var (own, asked) = (Template.Split('/'), path.Split('/'));
        return own.Length == asked.Length && own.Zip(asked).All(p => p.First.StartsWith('{') ? p.Second.Length > 0 : p.First.Equals(p.Second, StringComparison.OrdinalIgnoreCase));
    }

    private static PageRole FirstOf(string template) => template.Split('/')[1] switch
    {
        "account" when !template.StartsWith("/account/security", StringComparison.Ordinal) => PageRole.Nobody,
        "admin" => PageRole.Admin,
        "groups" or "network" => PageRole.Manager,
        _ => PageRole.Member,
    };
}

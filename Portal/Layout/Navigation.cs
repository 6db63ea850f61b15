using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Layout;

public sealed record NavItem(string Text, string Href, string Icon);

/// <summary>A titled list of links; a group's list carries the group's key.</summary>
public sealed record NavSection(string Title, IReadOnlyList<NavItem> Items, string? Group = null);

/// <summary>Which links a person has. What needs a right is absent, not greyed.</summary>
public static class Navigation
{
    public static IReadOnlyList<NavSection> For(PortalUser user)
    {
        var sections = new List<NavSection>();
        if (user.IsAdmin)
        {
            sections.Add(Platform);
        }
        sections.AddRange(user.Groups.Select(ForGroup));
        NavItem[] across = user.IsAdmin || user.Groups.Count > 1 ? [Network] : [];
        sections.Add(new NavSection("You", [.. across, .. user.Key.Length == 0 ? [] : Own, Events, Glossary]));
        return sections;
    }

    private static readonly NavSection Platform = new("Platform",
    [
        new("Costs", PortalUrls.AdminCosts(), InsightsIcons.Costs),
        new("Users", PortalUrls.AdminUsers(), InsightsIcons.Person),
        new("Groups", PortalUrls.AdminGroups(), InsightsIcons.Members),
        new("Plans", PortalUrls.AdminPlans(), InsightsIcons.Plan),
        new("Overrides", PortalUrls.AdminOverrides(), InsightsIcons.Shield),
        new("Meters", PortalUrls.AdminMeters(), InsightsIcons.Gauge),
        new("Performance", PortalUrls.AdminPerformance(), InsightsIcons.Clock),
        new("Anomalies", PortalUrls.AdminAnomalies(), InsightsIcons.Warning),
        new("Settings", PortalUrls.AdminSettings(), InsightsIcons.Controls),
        new("Keys", PortalUrls.AdminKeys(), InsightsIcons.Key),
        new("Audit", PortalUrls.AdminAudit(), InsightsIcons.List),
    ]);

    private static readonly NavItem[] Own =
    [
        new("My usage", PortalUrls.MyUsage(), InsightsIcons.Gauge),
        new("My storage", PortalUrls.MyStorage(), InsightsIcons.Storage),
        new("My costs", PortalUrls.MyCosts(), InsightsIcons.Costs),
        new("My statement", PortalUrls.MyStatement(), InsightsIcons.Receipt),
        new("My plan", PortalUrls.MyPlan(), InsightsIcons.Plan),
        new("Why", PortalUrls.MyWhy(), InsightsIcons.Question),
        new("Privacy", PortalUrls.MyPrivacy(), InsightsIcons.Lock),
    ];

    private static readonly NavItem Network = new("Network", PortalUrls.Network(), InsightsIcons.Members);

    private static readonly NavItem Glossary = new("Glossary", PortalUrls.Glossary(), InsightsIcons.Info);

    private static readonly NavItem Events = new("Events", PortalUrls.Events(), InsightsIcons.List);

    private static NavSection ForGroup(ManagedGroup group)
    {
        var items = new List<NavItem>();
        if (group.SeesUsage)
        {
            items.Add(new("Usage", PortalUrls.GroupUsage(group.Key), InsightsIcons.Gauge));
            items.Add(new("Storage", PortalUrls.GroupStorage(group.Key), InsightsIcons.Storage));
        }
        if (group.SeesMoney)
        {
            items.Add(new("Costs", PortalUrls.GroupCosts(group.Key), InsightsIcons.Costs));
            items.Add(new("Statement", PortalUrls.GroupStatement(group.Key), InsightsIcons.Receipt));
        }
        items.Add(new("Community", PortalUrls.GroupCommunity(group.Key, "community"), InsightsIcons.Chart));
        items.Add(new("Members", PortalUrls.GroupMembers(group.Key), InsightsIcons.Members));
        if (group.SeesMoney)
        {
            items.Add(new("Plan", PortalUrls.GroupPlan(group.Key), InsightsIcons.Plan));
            items.Add(new("Why we ask", PortalUrls.GroupWhy(group.Key), InsightsIcons.Question));
        }
        return new NavSection(group.Name, items, group.Key);
    }
}

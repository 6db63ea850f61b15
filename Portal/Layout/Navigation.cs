using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Layout;

/// <summary>One link; with the letter that leads there after <c>g</c>.</summary>
public sealed record NavItem(string Text, string Href, string Icon, string? Go = null);

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
        sections.Add(new NavSection("You", [.. across, .. user.Key.Length == 0 ? [] : Own, Inbox, Events, Glossary]));
        return sections;
    }

    private static readonly NavSection Platform = new("Platform",
    [
        new("Costs", PortalUrls.AdminCosts(), InsightsIcons.Costs, "c"),
        new("Fleet", PortalUrls.AdminFleet(), InsightsIcons.Gauge, "f"),
        new("Users", PortalUrls.AdminUsers(), InsightsIcons.Person, "n"),
        new("Groups", PortalUrls.AdminGroups(), InsightsIcons.Members, "r"),
        new("Bulk actions", PortalUrls.AdminBulks(), InsightsIcons.Controls),
        new("Plans", PortalUrls.AdminPlans(), InsightsIcons.Plan),
        new("Upgrades", PortalUrls.AdminUpgrades(), InsightsIcons.Chart),
        new("Rules", PortalUrls.AdminRules(), InsightsIcons.Question),
        new("Disputes", PortalUrls.AdminDisputes(), InsightsIcons.Info),
        new("Overrides", PortalUrls.AdminOverrides(), InsightsIcons.Shield),
        new("Alerts", PortalUrls.AdminAlerts(), InsightsIcons.Bell, "a"),
        new("Webhooks", PortalUrls.AdminWebhooks(), InsightsIcons.Link),
        new("Meters", PortalUrls.AdminMeters(), InsightsIcons.Gauge),
        new("Capacity", PortalUrls.AdminCapacity(), InsightsIcons.Storage),
        new("Performance", PortalUrls.AdminPerformance(), InsightsIcons.Clock),
        new("Anomalies", PortalUrls.AdminAnomalies(), InsightsIcons.Warning),
        new("Settings", PortalUrls.AdminSettings(), InsightsIcons.Controls),
        new("People", PortalUrls.AdminPeople(), InsightsIcons.Lock),
        new("Service keys", PortalUrls.AdminKeys(), InsightsIcons.Key),
        new("Feedback", PortalUrls.AdminFeedback(), InsightsIcons.Star),
        new("Audit", PortalUrls.AdminAudit(), InsightsIcons.List, "l"),
    ]);

    private static readonly NavItem[] Own =
    [
        new("My usage", PortalUrls.MyUsage(), InsightsIcons.Gauge, "u"),
        new("My storage", PortalUrls.MyStorage(), InsightsIcons.Storage, "s"),
        new("My costs", PortalUrls.MyCosts(), InsightsIcons.Costs, "c"),
        new("My statement", PortalUrls.MyStatement(), InsightsIcons.Receipt, "b"),
        new("My plan", PortalUrls.MyPlan(), InsightsIcons.Plan, "p"),
        new("My alerts", PortalUrls.MyAlerts(), InsightsIcons.Bell, "a"),
        new("Why", PortalUrls.MyWhy(), InsightsIcons.Question, "w"),
        new("Privacy", PortalUrls.MyPrivacy(), InsightsIcons.Lock),
    ];

    private static readonly NavItem Network = new("Network", PortalUrls.Network(), InsightsIcons.Members, "k");

    private static readonly NavItem Glossary = new("Glossary", PortalUrls.Glossary(), InsightsIcons.Info);

    private static readonly NavItem Inbox = new("Inbox", PortalUrls.Inbox(), InsightsIcons.Receipt, "i");

    private static readonly NavItem Events = new("Events", PortalUrls.Events(), InsightsIcons.List, "e");

    private static NavSection ForGroup(ManagedGroup group)
    {
        var items = new List<NavItem>();
        if (group.SeesUsage)
        {
            items.Add(new("Usage", PortalUrls.GroupUsage(group.Key), InsightsIcons.Gauge, "u"));
            items.Add(new("Storage", PortalUrls.GroupStorage(group.Key), InsightsIcons.Storage, "s"));
        }
        if (group.SeesMoney)
        {
            items.Add(new("Costs", PortalUrls.GroupCosts(group.Key), InsightsIcons.Costs, "c"));
            items.Add(new("Statement", PortalUrls.GroupStatement(group.Key), InsightsIcons.Receipt, "b"));
        }
        items.Add(new("Community", PortalUrls.GroupCommunity(group.Key, "community"), InsightsIcons.Chart, "o"));
        items.Add(new("Members", PortalUrls.GroupMembers(group.Key), InsightsIcons.Members, "m"));
        if (group.SeesUsage)
        {
            items.Add(new("Alerts", PortalUrls.GroupAlerts(group.Key), InsightsIcons.Bell, "a"));
            items.Add(new("Controls", PortalUrls.GroupControls(group.Key), InsightsIcons.Controls));
        }
        if (group.SeesMoney)
        {
            items.Add(new("Plan", PortalUrls.GroupPlan(group.Key), InsightsIcons.Plan, "p"));
            items.Add(new("Why", PortalUrls.GroupWhy(group.Key), InsightsIcons.Question, "w"));
        }
        return new NavSection(group.Name, items, group.Key);
    }
}

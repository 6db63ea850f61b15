using System.Globalization;
using System.Text;

namespace OpenMeet.Insights.Portal.Shared;

/// <summary>What of a page's state stands in its URL. Defaults are left out.</summary>
/// <param name="Range">The stretch of time; this cycle by default.</param>
/// <param name="Table">Show tables instead of charts.</param>
/// <param name="Compare">What the period is compared with; the stretch before by default.</param>
public sealed record PageState(RangeChoice? Range = null, bool Table = false, CompareChoice? Compare = null)
{
    public static readonly PageState Default = new();

    public RangeChoice Chosen => Range ?? RangeChoice.This;

    public CompareChoice Compared => Compare ?? CompareChoice.Weekdays;

    /// <summary>Reads the query values <c>p</c>, <c>from</c>, <c>to</c>, <c>view</c> and <c>compare</c>.</summary>
    public static PageState Parse(string? p, string? from, string? to, string? view, string? compare) =>
        new(RangeChoice.Parse(p, from, to), view == "table", CompareChoice.Parse(compare));
}

/// <summary>Every link of the portal is made here; no page writes an address by hand.</summary>
public static class PortalUrls
{
    public const string Home = "/";
    public const string Logout = "/account/logout";
    public const string FirstRun = "/account/first-run";
    public const string NoPermission = "/no-permission";

    public const string LanguagePath = "/language/{code}";

    /// <summary>Chooses a language and comes back.</summary>
    public static string Language(string code, string back) => With($"/language/{code}", ("returnUrl", back));

    public static string Login(string? returnUrl = null) =>
        With("/account/login", ("returnUrl", returnUrl is null or "/" ? null : returnUrl));

    /// <summary>The second step of a sign-in.</summary>
    public static string LoginCode(string? returnUrl) => With("/account/login/code", ("returnUrl", returnUrl is null or "/" ? null : returnUrl));

    /// <summary>The sign-in, with what failed before it.</summary>
    public static string LoginFailed(string what) => With("/account/login", ("failed", what));

    /// <summary>To a provider, for signing in or, with a ticket, for linking.</summary>
    public static string Provider(string? returnUrl, string? link = null) => With("/account/external", ("returnUrl", returnUrl is null or "/" ? null : returnUrl), ("link", link));

    /// <summary>Where a provider's answer is looked at.</summary>
    public static string ProviderDone(string? returnUrl) => With("/account/external/done", ("returnUrl", returnUrl is null or "/" ? null : returnUrl));

    /// <summary>How somebody signs in; with a key, what was done just now.</summary>
    public static string Security(string? done = null) => With("/account/security", ("done", done));
    public const string Authenticator = "/account/security/authenticator";
    public const string ForgotPassword = "/account/forgot";
    public static string ResetPassword(string user, string token) => With("/account/reset", ("user", user), ("token", token));
    public static string Invitation(string user, string token) => With("/account/invitation", ("user", user), ("token", token));
    public static string ConfirmEmail(string user, string email, string token) => With("/account/email", ("user", user), ("email", email), ("token", token));

    public static string Inbox() => "/inbox";

    public static string MyUsage(PageState? state = null) => Page("/me/usage", state);
    public static string MyCosts(PageState? state = null) => Page("/me/costs", state);
    public static string MyStorage(PageState? state = null) => PageOf("/me/storage", state);
    public static string MyStatement(string? period = null) => With("/me/statement", ("period", period));
    public static string MyPlan(string? choose = null, string? when = null) => With("/me/plan", ("choose", choose), ("when", when));
    public static string MyAlerts(long? edit = null) => With("/me/alerts", ("edit", Number(edit)));
    public static string MyWhy(string? decision = null) => With("/me/why", ("decision", decision));
    public static string MyWay(string way) => $"/me/why/{Escape(way)}";

    public static string GroupUsage(string group, PageState? state = null) => Page(Group(group, "usage"), state);
    public static string GroupStorage(string group, PageState? state = null) => PageOf(Group(group, "storage"), state);
    public static string GroupCosts(string group, PageState? state = null) => Page(Group(group, "costs"), state);
    public static string GroupMembers(string group, PageState? state = null) => PageOf(Group(group, "members"), state);
    /// <summary>One of the pages about a group's community: community, retention, gatherings, conversation, contributors, health, resources.</summary>
    public static string GroupCommunity(string group, string page) => Group(group, page);
    public static string Network() => "/network";
    public static string Glossary() => "/glossary";
    public static string MyPrivacy() => "/me/privacy";
    public static string GroupStatement(string group, string? period = null) => With(Group(group, "statement"), ("period", period));
    public static string GroupPlan(string group, string? choose = null, string? when = null) => With(Group(group, "plan"), ("choose", choose), ("when", when));
    public static string GroupAlerts(string group, long? edit = null) => With(Group(group, "alerts"), ("edit", Number(edit)));
    public static string GroupControls(string group) => Group(group, "controls");

    /// <summary>How long a group keeps its files, and what is due.</summary>
    public static string GroupFiles(string group) => Group(group, "controls/files");
    public static string GroupWhy(string group, string? decision = null) => With(Group(group, "why"), ("decision", decision));
    public static string GroupWay(string group, string way) => Group(group, "why") + "/" + Escape(way);

    /// <summary>The platform's costs; the last cycle by default, as its bills are in.</summary>
    public static string AdminCosts(PageState? state = null) => PageOf("/admin/costs", state);

    /// <summary>All accounts; users or groups alone stand at addresses of their own.</summary>
    public static string AdminFleet() => "/admin/fleet";

    public static string AdminCapacity() => "/admin/capacity";

    /// <summary>The bulk actions.</summary>
    public static string AdminBulks() => "/admin/bulk";

    /// <summary>A new bulk action on the accounts of a selection.</summary>
    public static string AdminNewBulk(string? kind, string? search, string? plan, string? use) => With("/admin/bulk/new", ("kind", kind), ("q", search), ("plan", plan), ("use", use));

    /// <summary>One bulk action.</summary>
    public static string AdminBulk(long id) => "/admin/bulk/" + Number(id);
    public static string AdminUsers(PageState? state = null) => Page("/admin/users", state);
    public static string AdminUser(string user, PageState? state = null) => Page($"/admin/users/{Escape(user)}", state);
    public static string AdminGroups(PageState? state = null) => Page("/admin/groups", state);
    public static string AdminGroup(string group, PageState? state = null) => Page($"/admin/groups/{Escape(group)}", state);
    public static string AdminUserStatement(string user, string? period = null) => With($"/admin/users/{Escape(user)}/statement", ("period", period));
    public static string AdminGroupStatement(string group, string? period = null) => With($"/admin/groups/{Escape(group)}/statement", ("period", period));

    /// <summary>The file of a page that can be downloaded, such as a statement: the same address with <c>.csv</c> behind its path.</summary>
    public static string File(string page)
    {
        var cut = page.IndexOf('?', StringComparison.Ordinal);
        return cut < 0 ? page + ".csv" : page[..cut] + ".csv" + page[cut..];
    }

    public static string AdminPlans() => "/admin/plans";
    public static string AdminPlan(string plan, int? version = null) =>
        With($"/admin/plans/{Escape(plan)}", ("version", version?.ToString(CultureInfo.InvariantCulture)));
    public static string AdminNewPlan() => "/admin/new-plan";
    public static string AdminPlanEdit(string plan) => $"/admin/plans/{Escape(plan)}/edit";

    /// <summary>What a draft changes and would do, and its publishing. The months replayed are 3 where nothing is said.</summary>
    public static string AdminPlanReview(string plan, int? months = null) =>
        With($"/admin/plans/{Escape(plan)}/review", ("months", months is null or 3 ? null : months.Value.ToString(CultureInfo.InvariantCulture)));
    public static string AdminUpgrades(int? days = null) => With("/admin/upgrades", ("days", days?.ToString(CultureInfo.InvariantCulture)));
    public static string AdminRules() => "/admin/rules";
    public static string AdminDisputes(string? answer = null) => With("/admin/disputes", ("answer", answer));
    public static string AdminUserWhy(string user, string? decision = null) => With($"/admin/users/{Escape(user)}/why", ("decision", decision));

    /// <summary>Why an account is asked, or not, as an administrator gets there.</summary>
    public static string AccountWhy(string account, string? decision = null) =>
        account.StartsWith("group:", StringComparison.Ordinal) ? GroupWhy(account[6..], decision) : AdminUserWhy(account[(account.IndexOf(':', StringComparison.Ordinal) + 1)..], decision);
    public static string AdminOverrides() => "/admin/overrides";

    public static string AdminAlerts(long? edit = null) => With("/admin/alerts", ("edit", Number(edit)));

    /// <summary>The tenant's webhooks; with a number, the deliveries of that one.</summary>
    public static string AdminWebhooks(long? endpoint = null) => With("/admin/webhooks", ("endpoint", Number(endpoint)));

    /// <summary>All meters; with a slug, that meter in the form.</summary>
    public static string AdminMeters(string? edit = null) => With("/admin/meters", ("edit", edit));
    public static string AdminPerformance(PageState? state = null, string? area = null) => Add(Page("/admin/performance", state), ("area", area));
    public static string AdminAnomalies(string? after = null) => With("/admin/anomalies", ("after", after));
    public static string AdminSettings() => "/admin/settings";
    public static string AdminPeople() => "/admin/people";
    public static string AdminKeys() => "/admin/keys";
    public static string AdminFeedback() => "/admin/feedback";
    public static string AdminAudit(PageState? state = null) => Page("/admin/audit", state);

    /// <summary>The events behind a figure.</summary>
    public static string Events(string? user = null, string? group = null, string? meter = null, RangeChoice? range = null) =>
        With("/events", [("user", user), ("group", group), ("meter", meter), .. Query(range)]);

    /// <summary>The same address with another state of the page; other query values stay.</summary>
    /// <param name="path">Path and query as they are now, beginning with a slash.</param>
    /// <param name="state">The state to show.</param>
    public static string WithState(string path, PageState state)
    {
        var cut = path.IndexOf('?', StringComparison.Ordinal);
        if (cut < 0)
        {
            return Page(path, state);
        }
        var kept = path[(cut + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries).Where(part => !IsState(part.Split('=')[0])).ToList();
        var url = Page(path[..cut], state);
        return kept.Count == 0 ? url : url + (url.Contains('?', StringComparison.Ordinal) ? "&" : "?") + string.Join('&', kept);
    }

    /// <summary>The period that a page starts with where its address names none.</summary>
    /// <param name="path">The path alone.</param>
    public static string StartOf(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["me", "storage"] or ["groups", _, "storage"] => "12m",
        ["groups", _, "community" or "members" or "retention" or "gatherings" or "conversation" or "contributors" or "health" or "resources"] => "28d",
        ["admin", "costs"] => "last",
        _ => "this",
    };

    /// <summary>An address with further query values; empty ones are left out.</summary>
    public static string Add(string url, params IEnumerable<(string Name, string? Value)> query)
    {
        var more = With("", query);
        return more.Length == 0 ? url : url + (url.Contains('?', StringComparison.Ordinal) ? '&' : '?') + more[1..];
    }

    /// <summary>An address of a list: its search, its order and its page. Defaults are left out.</summary>
    public static string Listed(string url, ListState list, string defaultSort = "") => Add(
        url, ("q", list.Search), ("sort", list.Sort == defaultSort ? null : list.Sort), ("page", list.Page <= 1 ? null : list.Page.ToString(CultureInfo.InvariantCulture)));

    private static bool IsState(string name) => name is "p" or "from" or "to" or "view" or "compare";

    private static string Group(string group, string page) => $"/groups/{Escape(group)}/{page}";

    private static string Page(string path, PageState? state) =>
        With(path, [.. Query(state?.Range), ("view", state?.Table == true ? "table" : null), ("compare", state?.Compare?.Key)]);

    // A page that starts with another period than this cycle: it says this cycle, and leaves its own out.
    private static string PageOf(string path, PageState? state) => state?.Range switch
    {
        { IsDefault: true } => Add(Page(path, state), ("p", "this")),
        { } range when range.Period == StartOf(path) => Page(path, state with { Range = null }),
        _ => Page(path, state),
    };

    private static IEnumerable<(string, string?)> Query(RangeChoice? range)
    {
        if (range is null or { IsDefault: true })
        {
            return [];
        }
        return range.Period is { } period ? [("p", period)] : [("from", Iso(range.From)), ("to", Iso(range.To))];
    }

    private static string? Number(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static string? Iso(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string With(string path, params IEnumerable<(string Name, string? Value)> query)
    {
        var url = new StringBuilder(path);
        var mark = '?';
        foreach (var (name, value) in query)
        {
            if (!string.IsNullOrEmpty(value))
            {
                url.Append(mark).Append(name).Append('=').Append(Escape(value));
                mark = '&';
            }
        }
        return url.ToString();
    }

    private static string Escape(string value) => Uri.EscapeDataString(value);
}

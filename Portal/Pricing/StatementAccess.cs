using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>From where a statement is looked at.</summary>
public enum StatementPlace
{
    /// <summary>One's own.</summary>
    Me,

    /// <summary>A group's, as its owner.</summary>
    Group,

    /// <summary>A user's, as administrator.</summary>
    AdminUser,

    /// <summary>A group's, as administrator.</summary>
    AdminGroup,
}

/// <summary>A statement as its page and its file show it.</summary>
/// <param name="Place">From where it is looked at.</param>
/// <param name="Key">The user's key or the group's slug, as the address has it.</param>
/// <param name="Statement">The statement.</param>
/// <param name="Payer">Who pays, for people; null where it is the account itself.</param>
/// <param name="Running">The month of now.</param>
/// <param name="ReadAt">When it was read.</param>
public sealed record StatementModel(StatementPlace Place, string Key, AccountStatement Statement, string? Payer, BillingPeriod Running, Instant ReadAt)
{
    /// <summary>The month that it is about.</summary>
    public BillingPeriod Period => Statement.Period;

    /// <summary>Whether its month is not over.</summary>
    public bool IsRunning => Period.ToString() == Running.ToString();

    /// <summary>"open" or "closed", as the API says it.</summary>
    public string Status => Statement.IsClosed ? "closed" : "open";

    /// <summary>The page of another month; the running one is left out.</summary>
    public string Address(BillingPeriod period)
    {
        var named = period.ToString() == Running.ToString() ? null : period.ToString();
        return Of(Place, Key, named);
    }

    /// <summary>The file of what is shown; it names its month, so that it stays the same.</summary>
    public string File => PortalUrls.File(Of(Place, Key, Period.ToString()));

    private static string Of(StatementPlace place, string key, string? period) => place switch
    {
        StatementPlace.Me => PortalUrls.MyStatement(period),
        StatementPlace.Group => PortalUrls.GroupStatement(key, period),
        StatementPlace.AdminUser => PortalUrls.AdminUserStatement(key, period),
        _ => PortalUrls.AdminGroupStatement(key, period),
    };
}

/// <summary>Reads statements for pages and files: one way, so that both have the same rights and the same lines.</summary>
public sealed class StatementAccess(PageAccess access, StatementReports reports, DirectoryReports directory, TimeProvider time)
{
    /// <summary>The statement of a month, the running one where the text names none; null where the viewer may not see it or it does not exist.</summary>
    /// <param name="place">From where it is looked at.</param>
    /// <param name="key">The user's key or the group's slug; nothing for one's own.</param>
    /// <param name="month">Such as <c>2026-10</c>. What cannot be read, or is yet to come, is the running month: a link is never an error.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<StatementModel?> ReadAsync(StatementPlace place, string? key, string? month, CancellationToken cancel)
    {
        var viewer = place switch
        {
            StatementPlace.Me => await access.ViewerAsync(cancel),
            StatementPlace.Group => await access.ForGroupAsync(key!, GroupRight.Money, cancel),
            _ => await access.AdminAsync(cancel),
        };
        key ??= viewer?.UserKey;
        if (viewer is null || key is null) return null;
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        var running = BillingPeriod.Containing(now, viewer.Tenant.Zone);
        var period = BillingPeriod.TryParse(month, viewer.Tenant.Zone, out var named) && named.Year >= 2000 && named.Range.From <= now ? named : running;
        var statement = place is StatementPlace.Group or StatementPlace.AdminGroup
            ? await reports.GroupAsync(viewer.Tenant, key, period, cancel)
            : await reports.UserAsync(viewer.Tenant, key, period, cancel);
        if (statement is null) return null;
        var payer = statement.PaidBy is { } by ? by.StartsWith("user:", StringComparison.Ordinal) ? await directory.NameAsync(viewer.Tenant.Id, by[5..], cancel) ?? by[5..] : by : null;
        return new StatementModel(place, key, statement, payer, running, now);
    }
}

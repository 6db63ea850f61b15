using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Storage;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Usage;

/// <summary>What a user did, by where it counts.</summary>
/// <param name="Group">The group that carries it; null where the user does.</param>
/// <param name="Name">For people.</param>
/// <param name="Values">One for each meter of <see cref="ActedMeters"/>.</param>
public sealed record ActedPart(string? Group, string Name, IReadOnlyList<decimal> Values);

/// <summary>What a user did in a range, split by carrier.</summary>
/// <param name="Meters">The columns.</param>
/// <param name="Parts">The user first, then groups by name.</param>
public sealed record ActedMeters(IReadOnlyList<Meter> Meters, IReadOnlyList<ActedPart> Parts);

/// <summary>The stretch that is set beside the range, and what was used then.</summary>
/// <param name="From">First day.</param>
/// <param name="To">Last day: as many as of the range are over.</param>
/// <param name="Usage">What was used.</param>
public sealed record UsageBefore(DateOnly From, DateOnly To, AccountUsage Usage);

/// <summary>A meter day by day.</summary>
/// <param name="Meter">The meter.</param>
/// <param name="Offered">Meters that can be shown so.</param>
/// <param name="Days">The days of the range that have begun.</param>
/// <param name="Before">The days that they are compared with, in the same order; null for no comparison.</param>
public sealed record UsageTrend(Meter Meter, IReadOnlyList<Meter> Offered, IReadOnlyList<DayUsage> Days, IReadOnlyList<DayUsage>? Before);

/// <summary>The usage of one account.</summary>
/// <param name="Tenant">Whose platform.</param>
/// <param name="Key">The user's key, or the group's present slug.</param>
/// <param name="State">The page's state.</param>
/// <param name="Viewed">The range.</param>
/// <param name="Now">The running cycle, in which limits hold.</param>
/// <param name="Usage">The range that is viewed; the same where it is the running cycle.</param>
/// <param name="Outlook">Storage; null where somebody else pays.</param>
/// <param name="SeesMoney">Whether the viewer may see money.</param>
/// <param name="Statement">Of the viewed month; null without the right.</param>
/// <param name="Costs">What it costs the platform in the range; null without the right.</param>
/// <param name="Payer">Who pays, for people; null where it is the account itself.</param>
/// <param name="Acted">For a user.</param>
/// <param name="Today">Today in the billing zone.</param>
/// <param name="Records">How the forecasts of its meters did, by slug.</param>
/// <param name="Api">For a user: the part of the platform's API time in the range.</param>
/// <param name="Asked">Whether the viewer is asked about another plan.</param>
/// <param name="Before">The stretch that the range is compared with; null for no comparison.</param>
/// <param name="Trend">One meter day by day.</param>
/// <param name="Marks">What charts mark: other plans, other limits, event days.</param>
/// <param name="KeptFrom">From when on requests and database operations are kept; null where all of them are.</param>
public sealed record UsageModel(
    Tenant Tenant, string Key, PageState State, ViewedRange Viewed, AccountUsage Now, AccountUsage Usage, StorageOutlook? Outlook, bool SeesMoney,
    AccountStatement? Statement, AccountCosts? Costs, string? Payer, ActedMeters? Acted, LocalDate Today, IReadOnlyDictionary<string, TrackRecord> Records, ApiTimeShare? Api = null, bool Asked = false,
    UsageBefore? Before = null, UsageTrend? Trend = null, IReadOnlyList<AccountMark>? Marks = null, Instant? KeptFrom = null)
{
    /// <summary>Whether it is a group's.</summary>
    public bool IsGroup => Usage.Account.StartsWith("group:", StringComparison.Ordinal);

    /// <summary>How the forecasts of a meter did; of one without a stored forecast, nothing yet.</summary>
    public TrackRecord Record(Meter meter) => Records.TryGetValue(meter.Slug, out var record) ? record : new TrackRecord([], meter.IsStorage);

    /// <summary>The same of all meters that are forecast.</summary>
    public IReadOnlyList<(Meter Meter, TrackRecord Record)> ForecastRecords => [.. Now.Meters.Where(r => r.Reaches is not null).Select(r => (r.Meter, Record(r.Meter)))];

    /// <summary>Whether the viewed range is not over.</summary>
    public bool IsRunning => Viewed.Range.To > Now.CompleteTo;

    /// <summary>The events behind a meter's number.</summary>
    public string Events(string? meter = null, RangeChoice? range = null) => IsGroup
        ? PortalUrls.Events(group: Key, meter: meter, range: range ?? Viewed.Choice)
        : PortalUrls.Events(user: Key, meter: meter, range: range ?? Viewed.Choice);

    /// <summary>The page's address with another state.</summary>
    public string Address(PageState state) => IsGroup ? PortalUrls.GroupUsage(Key, state) : PortalUrls.MyUsage(state);

    /// <summary>The page of the viewed month's statement.</summary>
    public string StatementPage
    {
        get
        {
            var month = Statement is { } s && !s.Period.Range.Contains(Now.CompleteTo) ? s.Period.ToString() : null;
            return IsGroup ? PortalUrls.GroupStatement(Key, month) : PortalUrls.MyStatement(month);
        }
    }

    /// <summary>The storage meter's row of the running cycle.</summary>
    public UsageRow? Storage => Now.Meters.FirstOrDefault(m => m.Meter.IsStorage);
}

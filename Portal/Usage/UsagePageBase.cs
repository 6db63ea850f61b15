using System.Globalization;
using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Forecasting;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Storage;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Usage;

/// <summary>The usage page of the viewer, and that of a group.</summary>
public abstract class UsagePageBase : LoadingPage<UsageModel>
{
    /// <summary>Daily levels on the chart, and the days of forecast behind them.</summary>
    public const int ChartDays = 60;

    private const string FirstTrend = "uploaded";
    private const int MostTrendDays = 400;

    private static readonly string[] SplitMeters = ["uploaded", "messages", "api_calls"];

    [SupplyParameterFromQuery]
    public string? P { get; set; }

    [SupplyParameterFromQuery]
    public string? From { get; set; }

    [SupplyParameterFromQuery]
    public string? To { get; set; }

    [SupplyParameterFromQuery]
    public string? View { get; set; }

    [SupplyParameterFromQuery]
    public string? Compare { get; set; }

    /// <summary>The meter that is shown day by day.</summary>
    [SupplyParameterFromQuery]
    public string? Meter { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required UsageReports Reports { get; init; }

    [Inject]
    public required DailyUsageReports Daily { get; init; }

    [Inject]
    public required AccountMarkReports Marks { get; init; }

    [Inject]
    public required StatementReports Statements { get; init; }

    [Inject]
    public required CostReports Costs { get; init; }

    [Inject]
    public required StorageReports Storage { get; init; }

    [Inject]
    public required ForecastReports Forecasts { get; init; }

    [Inject]
    public required MeterReports Meters { get; init; }

    [Inject]
    public required PerformanceReports Performance { get; init; }

    [Inject]
    public required MeterCatalog Catalog { get; init; }

    [Inject]
    public required RecordingStart Recording { get; init; }

    [Inject]
    public required DirectoryReports Directory { get; init; }

    [Inject]
    public required Upgrades.AskHint Hint { get; init; }

    protected PageState State => PageState.Parse(P, From, To, View, Compare);

    /// <summary>Reads a user's own page.</summary>
    protected async Task<UsageModel?> UserAsync(Tenant tenant, string user, CancellationToken cancel)
    {
        var viewed = await ViewedAsync(tenant, cancel);
        var cycle = ViewedRange.Of(RangeChoice.This, tenant, Clock);
        if (await Reports.UserAsync(tenant, user, cycle.Range, cancel) is not { } now) return null;
        var usage = viewed.Range == cycle.Range ? now : await Reports.UserAsync(tenant, user, viewed.Range, cancel);
        var before = viewed.Before is { } days ? new UsageBefore(days.From, days.To, (await Reports.UserAsync(tenant, user, ViewedRange.Days(tenant, days.From, days.To), cancel))!) : null;
        return new UsageModel(
            tenant, user, State, viewed, now, usage!, await Storage.OutlookAsync(tenant, now.Account, ChartDays, cancel), true,
            await Statements.UserAsync(tenant, user, viewed.Month(tenant), cancel), await Costs.UserAsync(tenant, user, tenant.InOneCurrency(viewed.Range), cancel), null,
            await ActedAsync(tenant, user, viewed.Range, cancel), LocalDate.FromDateOnly(viewed.Today), await Forecasts.TrackRecordsAsync(tenant, now.Account, cancel), await Performance.UserAsync(tenant.Id, user, viewed.Range, cancel),
            await Hint.IsAskedAsync(tenant, now.Account, cancel), before, await TrendAsync(tenant, now.Account, viewed, cancel), await MarksAsync(tenant, now.Account, viewed, cancel),
            (await Catalog.GetAsync(tenant.Id, cancel)).KeptFrom);
    }

    /// <summary>Reads a group's page.</summary>
    protected async Task<UsageModel?> GroupAsync(Tenant tenant, string group, bool money, CancellationToken cancel)
    {
        var viewed = await ViewedAsync(tenant, cancel);
        var cycle = ViewedRange.Of(RangeChoice.This, tenant, Clock);
        var same = viewed.Range == cycle.Range;
        if (await Reports.GroupAsync(tenant, group, cycle.Range, byMember: same, cancel) is not { } now) return null;
        var usage = same ? now : await Reports.GroupAsync(tenant, group, viewed.Range, byMember: true, cancel);
        var before = viewed.Before is { } days ? new UsageBefore(days.From, days.To, (await Reports.GroupAsync(tenant, group, ViewedRange.Days(tenant, days.From, days.To), byMember: false, cancel))!) : null;
        return new UsageModel(
            tenant, now.Account[6..], State, viewed, now, usage!, now.PaidBy is null ? await Storage.OutlookAsync(tenant, now.Account, ChartDays, cancel) : null, money,
            money ? await Statements.GroupAsync(tenant, group, viewed.Month(tenant), cancel) : null, money ? await Costs.GroupAsync(tenant, group, tenant.InOneCurrency(viewed.Range), cancel) : null,
            now.PaidBy is { } payer ? await Directory.NameAsync(tenant.Id, payer[(payer.IndexOf(':', StringComparison.Ordinal) + 1)..], cancel) ?? payer : null,
            null, LocalDate.FromDateOnly(viewed.Today), await Forecasts.TrackRecordsAsync(tenant, now.Account, cancel), null, money && now.PaidBy is null && await Hint.IsAskedAsync(tenant, now.Account, cancel), before, await TrendAsync(tenant, now.Account, viewed, cancel), await MarksAsync(tenant, now.Account, viewed, cancel),
            (await Catalog.GetAsync(tenant.Id, cancel)).KeptFrom);
    }

    // For both charts: that of the range, and that of the last weeks' storage.
    private Task<IReadOnlyList<AccountMark>> MarksAsync(Tenant tenant, string account, ViewedRange viewed, CancellationToken cancel)
    {
        var weeks = ViewedRange.Days(tenant, viewed.Today.AddDays(-ChartDays), viewed.Today);
        return Marks.ReadAsync(tenant, account, new TimeRange(Instant.Min(viewed.Range.From, weeks.From), Instant.Max(viewed.Range.To, weeks.To)), cancel);
    }

    private async Task<ViewedRange> ViewedAsync(Tenant tenant, CancellationToken cancel) =>
        ViewedRange.Of(State.Chosen, tenant, Clock).Beside(State.Compared, await Recording.DayAsync(tenant, cancel));

    // The last days of a range that is too long to draw.
    private async Task<UsageTrend?> TrendAsync(Tenant tenant, string account, ViewedRange viewed, CancellationToken cancel)
    {
        var offered = (await Catalog.GetAsync(tenant.Id, cancel)).All.Where(m => m.IsWhole && DailyUsageReports.Tells(m.Meter)).Select(m => m.Meter).ToList();
        if (offered.Find(m => m.Slug == Meter) is not { } meter && (meter = offered.Find(m => m.Slug == FirstTrend) ?? offered.FirstOrDefault()!) is null) return null;
        var (from, to) = viewed.Choice.Resolve(viewed.Today);
        var last = to < viewed.Today ? to : viewed.Today;
        if (last < from) return new UsageTrend(meter, offered, [], null);
        if (last.DayNumber - from.DayNumber >= MostTrendDays) from = last.AddDays(1 - MostTrendDays);
        var stretches = new List<(LocalDate, LocalDate)> { (LocalDate.FromDateOnly(from), LocalDate.FromDateOnly(last)) };
        if (viewed.Before is not null && State.Compared.Resolve(from, to, viewed.Today) is { } days) stretches.Add((LocalDate.FromDateOnly(days.From), LocalDate.FromDateOnly(days.To)));
        return await Daily.ReadAsync(tenant, account, meter.Slug, stretches, cancel) is { } read ? new UsageTrend(meter, offered, read[0], read.Count > 1 ? read[1] : null) : null;
    }

    private async Task<ActedMeters> ActedAsync(Tenant tenant, string user, TimeRange range, CancellationToken cancel)
    {
        var catalog = await Catalog.GetAsync(tenant.Id, cancel);
        // By group it is told by the events themselves; what is not known any more has no column.
        var meters = SplitMeters.Select(catalog.Find).OfType<StoredMeter>().Where(m => !(range.From < m.KeptFrom)).ToList();
        var groups = (await Directory.GroupsAsync(tenant.Id, cancel)).ToDictionary(g => g.Key, g => g.Name, StringComparer.Ordinal);
        var values = new SortedDictionary<string, decimal[]>(StringComparer.Ordinal) { [""] = new decimal[meters.Count] };
        for (var i = 0; i < meters.Count; i++)
        {
            var query = MeterQuery.Over(range.From, range.To) with { Subjects = [user], GroupBy = ["group"] };
            foreach (var row in await Meters.QueryAsync(tenant.Id, meters[i], query, cancel))
            {
                var slug = row.GroupBy["group"];
                var group = slug is null ? "" : groups.ContainsKey(slug) ? slug : await Directory.PresentSlugAsync(tenant.Id, slug, cancel);
                if (!values.TryGetValue(group, out var sums)) values[group] = sums = new decimal[meters.Count];
                if (row.Exact is { } exact) sums[i] += decimal.Parse(exact, NumberStyles.Float, CultureInfo.InvariantCulture);
            }
        }
        var parts = values.Select(v => new ActedPart(v.Key.Length == 0 ? null : v.Key, v.Key.Length == 0 ? "You" : groups.GetValueOrDefault(v.Key, v.Key), v.Value));
        return new ActedMeters([.. meters.Select(m => m.Meter)], [.. parts.OrderBy(p => p.Group is null ? 0 : 1).ThenBy(p => p.Name, StringComparer.Ordinal)]);
    }
}

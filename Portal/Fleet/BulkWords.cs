using System.Text.Json;
using NodaTime;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Fleet;

/// <summary>How bulk actions are said.</summary>
internal static class BulkWords
{
    /// <summary>"Storage limit 20 GB, hard, until 31 Dec 2026", "Club v3 from 1 Dec 2026".</summary>
    public static string Change(BulkAction action, StoredMeter? meter, IReadOnlyDictionary<string, string> plans, DateTimeZone zone) => action.Plan is { } plan
        ? $"{plans.GetValueOrDefault(plan, plan)} v{action.PlanVersion} from {Day(action.From, zone)}"
        : $"{meter?.Meter.Name ?? action.Meter} limit {QuantityText.Of(action.Limit!.Value, meter?.Meter.Unit ?? "")}, {action.LimitKind}, {(action.ExpiresAt is null ? "permanent" : "until " + Day(action.ExpiresAt, zone))}";

    /// <summary>The selection, as the list of accounts shows it.</summary>
    public static FleetState Selected(BulkAction action) => Selected(JsonSerializer.Deserialize<FleetFilter>(action.Filter)!);

    /// <inheritdoc cref="Selected(BulkAction)"/>
    public static FleetState Selected(FleetFilter filter) => new(filter, new ListState(filter.Search, FleetReports.Sorts[0], 1));

    /// <summary>The selection in words: "all users, on Club".</summary>
    public static string Selection(FleetFilter filter, IReadOnlyDictionary<string, string> plans) =>
        $"all {(filter.Kind ?? "account") + "s"}{(Language.InEnglish(() => FleetWords.Of(filter, plans)) is { } phrase ? ", " + phrase : "")}";

    /// <summary>Where an action stands.</summary>
    public static string Status(BulkStatus status) => status switch
    {
        BulkStatus.Draft => "dry run",
        BulkStatus.Waiting => "waits for approval",
        BulkStatus.Running => "running",
        BulkStatus.Stopped => "stopped",
        BulkStatus.Done => "done",
        BulkStatus.Reverting => "being taken back",
        BulkStatus.Reverted => "taken back",
        _ => "thrown away",
    };

    /// <summary>What became of an account.</summary>
    public static string Result(BulkResult result) => result switch
    {
        BulkResult.Open => "to do",
        BulkResult.Same => "so already",
        BulkResult.Done => "changed",
        BulkResult.Skipped => "left: changed since",
        BulkResult.Failed => "failed",
        BulkResult.Reverted => "taken back",
        _ => "kept",
    };

    private static string Day(Instant? at, DateTimeZone zone) => Formats.Date(at?.InZone(zone).Date);
}

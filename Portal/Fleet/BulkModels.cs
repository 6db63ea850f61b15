using NodaTime;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Fleet;

/// <summary>What a new bulk action is chosen from.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Selected">Which accounts.</param>
/// <param name="Accounts">How many match.</param>
/// <param name="Meters">The meters that can be limited.</param>
/// <param name="Plans">The plans that are offered when the next cycle begins.</param>
/// <param name="NextCycle">When that is.</param>
/// <param name="PlanNames">Names of all plans by key.</param>
public sealed record BulkNewModel(
    Tenant Tenant, FleetState Selected, int Accounts, IReadOnlyList<StoredMeter> Meters, IReadOnlyList<Plan> Plans, Instant NextCycle, IReadOnlyDictionary<string, string> PlanNames);

/// <summary>One bulk action as somebody looks at it.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="State">The action with a page of its accounts.</param>
/// <param name="List">The page.</param>
/// <param name="Show">What the list is filtered by: a result's word, or <c>over</c>; null for all.</param>
/// <param name="Meter">The meter that is limited; null where a plan is taken.</param>
/// <param name="ApprovalAbove">More accounts than this need four eyes.</param>
/// <param name="IsOwn">Whether the viewer made it.</param>
/// <param name="PlanNames">Names of all plans by key.</param>
public sealed record BulkModel(
    Tenant Tenant, BulkState State, ListState List, string? Show, StoredMeter? Meter, int ApprovalAbove, bool IsOwn, IReadOnlyDictionary<string, string> PlanNames)
{
    /// <summary>The page's address with another filter or page of accounts.</summary>
    public string Address(string? show, int page) => PortalUrls.Add(
        PortalUrls.AdminBulk(State.Action.Id), ("show", show), ("page", page <= 1 ? null : Formats.Plain(page)));
}

/// <summary>The newest bulk actions.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Actions">Newest first.</param>
/// <param name="PlanNames">Names of all plans by key.</param>
/// <param name="Meters">All meters.</param>
public sealed record BulksModel(Tenant Tenant, IReadOnlyList<(BulkAction Action, BulkCounts Counts)> Actions, IReadOnlyDictionary<string, string> PlanNames, MeterSet Meters);

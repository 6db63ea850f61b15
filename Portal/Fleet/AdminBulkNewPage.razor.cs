using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Fleet;

/// <summary>Where one change to many accounts is chosen; the accounts stand in the address.</summary>
public sealed partial class AdminBulkNewPage : LoadingPage<BulkNewModel>
{
    [SupplyParameterFromQuery]
    public string? Kind { get; set; }

    [SupplyParameterFromQuery]
    public string? Q { get; set; }

    [SupplyParameterFromQuery]
    public string? Plan { get; set; }

    [SupplyParameterFromQuery]
    public string? Use { get; set; }

    [Inject]
    public required BulkAccess Bulk { get; init; }

    protected override Task<BulkNewModel?> ReadAsync(CancellationToken cancel) => Bulk.NewAsync(
        FleetState.Parse(Kind is "user" or "group" ? Kind + "s" : "", name => name switch { "q" => Q, "plan" => Plan, "use" => Use, _ => null }), cancel);
}

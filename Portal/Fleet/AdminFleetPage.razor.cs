using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Fleet;

/// <summary>The list of all accounts; of users or of groups alone under their own addresses.</summary>
public sealed partial class AdminFleetPage : LoadingPage<FleetModel>
{
    [SupplyParameterFromQuery]
    public string? Q { get; set; }

    [SupplyParameterFromQuery]
    public string? Sort { get; set; }

    [SupplyParameterFromQuery]
    public string? Page { get; set; }

    [SupplyParameterFromQuery]
    public string? Plan { get; set; }

    [SupplyParameterFromQuery]
    public string? Use { get; set; }

    [SupplyParameterFromQuery]
    public string? Period { get; set; }

    [Inject]
    public required FleetAccess Fleet { get; init; }

    private FleetState State => FleetState.Parse(Navigation.ToAbsoluteUri(Navigation.Uri).AbsolutePath, name => name switch
    {
        "q" => Q,
        "sort" => Sort,
        "page" => Page,
        "plan" => Plan,
        "use" => Use,
        _ => Period,
    });

    protected override Task<FleetModel?> ReadAsync(CancellationToken cancel) => Fleet.PageAsync(State, cancel);
}

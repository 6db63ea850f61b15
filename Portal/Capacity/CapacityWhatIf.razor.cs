using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Capacity;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Infrastructure.Capacity;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Capacity;

/// <summary>When pools would be full at another pace or with more capacity. The question stands in the address.</summary>
public sealed partial class CapacityWhatIf
{
    private static readonly Dictionary<string, string> Labels = new() { ["pace"] = "Pace", ["more"] = "More capacity" };

    private List<InputFault> _faults = [];
    private WhatIf _asked = WhatIf.AsNow;
    private string? _pace;
    private string? _more;

    [Parameter, EditorRequired]
    public required CapacityModel Model { get; set; }

    [Parameter]
    public string? Pace { get; set; }

    [Parameter]
    public string? More { get; set; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    private IEnumerable<PoolStanding> Pools => Model.Pools.Where(p => p.Outlook.Capacity is not null);

    protected override void OnParametersSet()
    {
        (_pace, _more, _faults) = (Pace ?? "100", More ?? "0", []);
        var input = FormInput.Of(_faults, ("pace", _pace), ("more", _more));
        var pace = input.Number("pace", required: true, least: 0);
        if (pace > 1_000) input.Fault("pace", "out_of_range", "'pace' must be at most 1000.");
        var more = input.Number("more", required: true, least: 0);
        if (more > 1_000) input.Fault("more", "out_of_range", "'more' must be at most 1000.");
        _asked = _faults.Count == 0 ? new WhatIf(pace!.Value / 100, more!.Value / 100) : WhatIf.AsNow;
    }

    private void Ask() => Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
    {
        ["pace"] = _pace is { Length: > 0 } pace && pace != "100" ? pace : null, ["more"] = _more is { Length: > 0 } more && more != "0" ? more : null,
    }));

    private string When(PoolOutlook outlook) => outlook.Full is { } full ? ForecastText.When(full, Model.Today) : Formats.Unknown;
}

using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>A statement as a page of its own; its month stands in the address.</summary>
public abstract class StatementPageBase : LoadingPage<StatementModel>
{
    [SupplyParameterFromQuery]
    public string? Period { get; set; }

    [Inject]
    public required StatementAccess Access { get; init; }
}

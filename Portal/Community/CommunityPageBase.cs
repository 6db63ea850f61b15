using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Community;

/// <summary>A page about a group's community; its state is its address.</summary>
/// <typeparam name="T">The report that it shows.</typeparam>
public abstract class CommunityPageBase<T> : LoadingPage<CommunityModel<T>> where T : class
{
    [Parameter]
    public string Group { get; set; } = "";

    [SupplyParameterFromQuery]
    public string? P { get; set; }

    [SupplyParameterFromQuery]
    public string? From { get; set; }

    [SupplyParameterFromQuery]
    public string? To { get; set; }

    [SupplyParameterFromQuery]
    public string? View { get; set; }

    [SupplyParameterFromQuery]
    public string? Organisers { get; set; }

    [SupplyParameterFromQuery]
    public string? By { get; set; }

    [SupplyParameterFromQuery(Name = "w")]
    public string? Weights { get; set; }

    [SupplyParameterFromQuery]
    public string? List { get; set; }

    [SupplyParameterFromQuery]
    public string? Sort { get; set; }

    [Inject]
    public required CommunityAccess Reports { get; init; }

    /// <summary>
    /// As the address says it. Each of its words is a parameter: within a circuit, a page whose parameters are the same as before is not told that its
    /// address is another.
    /// </summary>
    protected CommunityState State => CommunityState.Parse(word => word switch
    {
        "p" => P,
        "from" => From,
        "to" => To,
        "view" => View,
        "organisers" => Organisers,
        "by" => By,
        "w" => Weights,
        "list" => List,
        "sort" => Sort,
        _ => throw new ArgumentOutOfRangeException(nameof(word), word, "No word of a community page's address."),
    });
}

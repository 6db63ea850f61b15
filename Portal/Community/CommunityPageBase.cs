using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Community;

/// <summary>A page about a group's community; its state is its address.</summary>
/// <typeparam name="T">The report that it shows.</typeparam>
public abstract class CommunityPageBase<T> : LoadingPage<CommunityModel<T>> where T : class
{
    [Parameter]
    public string Group { get; set; } = "";

    [Inject]
    public required CommunityAccess Reports { get; init; }

    /// <summary>As the address says it.</summary>
    protected CommunityState State
    {
        get
        {
            var query = QueryHelpers.ParseQuery(new Uri(Navigation.Uri).Query);
            return CommunityState.Parse(name => query.TryGetValue(name, out var values) ? values[0] : null);
        }
    }
}

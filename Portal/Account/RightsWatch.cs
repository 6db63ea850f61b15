using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.JSInterop;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>Loads an open page again when the rights of who looks at it have changed: what it shows was read with the former ones.</summary>
public sealed class RightsWatch : ComponentBase
{
    private string? _rights;

    [CascadingParameter]
    public Task<AuthenticationState>? Authentication { get; set; }

    [Inject]
    public required IJSRuntime Script { get; init; }

    protected override async Task OnParametersSetAsync()
    {
        if (Authentication is null || (await Authentication).User is not { Identity.IsAuthenticated: true } user) return;
        var rights = LiveSignIn.RightsOf(user);
        var before = _rights;
        _rights = rights;
        if (before is null || before == rights) return;
        try
        {
            await Script.InvokeVoidAsync("location.reload");
        }
        catch (Exception e) when (e is JSDisconnectedException or TaskCanceledException)
        {
            // The window is gone; who comes back reads anew. A refresh by the navigation would end the circuit with an error here.
        }
    }
}

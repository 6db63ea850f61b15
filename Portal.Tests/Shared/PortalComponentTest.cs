using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;

namespace OpenMeet.Insights.Tests.Shared;

/// <summary>Renders the portal's parts as the portal does: MudBlazor's services, and scripts that may be called but do nothing.</summary>
public abstract class PortalComponentTest : BunitContext
{
    protected PortalComponentTest()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddMudServices();
    }
}

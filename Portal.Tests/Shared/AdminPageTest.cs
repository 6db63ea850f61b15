using AngleSharp.Dom;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using OpenMeet.Insights.Infrastructure;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Portal.Fleet;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Shared;

/// <summary>Renders an administrator's whole pages and forms, on a real database or on one that does not answer.</summary>
public abstract class AdminPageTest : PortalComponentTest
{
    /// <summary>A database that does not answer.</summary>
    protected const string Nowhere = "Host=127.0.0.1;Port=1;Username=nobody;Database=none;Timeout=2";

    /// <summary>How long a page may take on a busy machine.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>Who looks is not known yet: the page is on its way.</summary>
    protected static Task<AuthenticationState> NotYet => new TaskCompletionSource<AuthenticationState>().Task;

    /// <summary>Takes in what the pages need, and where they stand.</summary>
    protected void Prepare(string address, Task<AuthenticationState> viewer, string database = Nowhere, TimeProvider? clock = null, Action<IServiceCollection>? more = null)
    {
        Services.AddLogging().AddInfrastructure(database).AddSingleton(clock ?? TimeProvider.System).AddSingleton<PrerenderedModels>().AddSingleton(new BulkSettings())
            .AddSingleton<AuthenticationStateProvider>(new Principals(viewer)).AddScoped<PageAccess>().AddScoped<FleetAccess>().AddScoped<BulkAccess>();
        more?.Invoke(Services);
        SetRendererInfo(new RendererInfo("Server", isInteractive: true));
        Services.GetRequiredService<NavigationManager>().NavigateTo(address);
    }

    /// <summary>A page on its way shows a skeleton and no figure.</summary>
    protected static void IsOnItsWay(IRenderedComponent<IComponent> page)
    {
        Assert.NotEmpty(page.FindAll("[aria-busy=true]"));
        Assert.Empty(page.FindAll("table, form"));
    }

    /// <summary>A page that could not be read says so, and offers to try again.</summary>
    protected static void HasFailed(IRenderedComponent<IComponent> page)
    {
        page.WaitForAssertion(() => Assert.Equal("Could not load", page.Find(".failed h3").TextContent.Trim()), Patience);
        Assert.Equal("Try again", page.Find(".failed button").TextContent.Trim());
        Assert.Empty(page.FindAll("table, form"));
    }

    /// <summary>Who is no administrator is told so and sees no figure.</summary>
    protected static void IsRefused(IRenderedComponent<IComponent> page)
    {
        page.WaitForAssertion(() => Assert.Contains("a right that you do not have", page.Markup, StringComparison.Ordinal), Patience);
        Assert.Empty(page.FindAll("table, form"));
    }

    /// <summary>Waits until a render that was seen is over: an event that comes before is only queued.</summary>
    protected static Task RestAsync(IRenderedComponent<IComponent> page) => page.InvokeAsync(() => { });

    /// <summary>What a form's field takes its value from, by the beginning of its label.</summary>
    protected static IElement Field(IRenderedComponent<IComponent> page, string label) =>
        page.FindAll("form label").Single(l => l.TextContent.StartsWith(label, StringComparison.Ordinal)).QuerySelector("input, select")!;

    /// <summary>The sentences that a form answers bad input with.</summary>
    protected static IEnumerable<string> Faults(IRenderedComponent<IComponent> page) => page.FindAll(".faults[role=alert] li").Select(f => f.TextContent.Trim());
}

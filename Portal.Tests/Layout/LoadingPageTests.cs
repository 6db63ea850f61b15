using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.Extensions.DependencyInjection;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Layout;

/// <summary>What a page shows while its address changes: never what belongs to another one.</summary>
public sealed class LoadingPageTests : PortalComponentTest
{
    public LoadingPageTests()
    {
        Services.AddLogging().AddSingleton(TimeProvider.System).AddSingleton<PrerenderedModels>();
        SetRendererInfo(new RendererInfo("Server", isInteractive: true));
    }

    private NavigationManager Navigation => Services.GetRequiredService<NavigationManager>();

    [Fact]
    public async Task The_page_of_another_group_has_nothing_of_the_one_before()
    {
        var page = Open("/groups/a/controls", () => Task.FromResult<string?>("figures of a"));
        page.Instance.Said = "Saved.";
        var later = new TaskCompletionSource<string?>();

        Go(page, "/groups/b/controls", () => later.Task);

        Assert.Equal("Loading, , ", page.Markup);
        await page.InvokeAsync(() => later.SetResult("figures of b"));
        Assert.Equal("Loaded, figures of b, ", page.Markup);
    }

    [Fact]
    public void What_was_said_stays_where_only_the_query_changes()
    {
        var page = Open("/me/alerts?edit=7", () => Task.FromResult<string?>("seven"));
        page.Instance.Said = "Saved.";

        Go(page, "/me/alerts", () => Task.FromResult<string?>("all"));

        Assert.Equal("Loaded, all, Saved.", page.Markup);
    }

    [Fact]
    public void Figures_of_another_period_do_not_stand_in_for_those_that_could_not_be_read()
    {
        var page = Open("/me/usage?p=7d", () => Task.FromResult<string?>("seven days"));

        Go(page, "/me/usage?p=28d", () => throw new TimeoutException());

        Assert.Equal("Failed, , ", page.Markup);
    }

    [Fact]
    public async Task Older_figures_of_the_same_address_stay()
    {
        var page = Open("/me/usage?p=7d", () => Task.FromResult<string?>("seven days"));
        page.Render(p => p.Add(f => f.Read, () => throw new TimeoutException()));

        await page.InvokeAsync(page.Instance.AgainAsync);
        page.Render();

        Assert.Equal("Failed, seven days, ", page.Markup);
    }

    [Fact]
    public void A_place_on_the_same_page_is_not_read_anew()
    {
        var page = Open("/groups/a/gatherings", () => Task.FromResult<string?>("events"));

        Go(page, "/groups/a/gatherings#held", () => throw new InvalidOperationException("It was read again."));

        Assert.Equal("Loaded, events, ", page.Markup);
    }

    private IRenderedComponent<Figures> Open(string address, Func<Task<string?>> read)
    {
        Navigation.NavigateTo(address);
        return Render<Figures>(p => p.Add(f => f.Read, read));
    }

    private void Go(IRenderedComponent<Figures> page, string address, Func<Task<string?>> read)
    {
        Navigation.NavigateTo(address);
        page.Render(p => p.Add(f => f.Read, read));
    }

    private sealed class Figures : LoadingPage<string>
    {
        [Parameter]
        public required Func<Task<string?>> Read { get; set; }

        public string? Said { get; set; }

        public Task AgainAsync() => ReloadAsync();

        protected override Task<string?> ReadAsync(CancellationToken cancel) => Read();

        protected override void Forget() => Said = null;

        protected override void BuildRenderTree(RenderTreeBuilder builder) => builder.AddContent(0, $"{Load}, {Model}, {Said}");
    }
}

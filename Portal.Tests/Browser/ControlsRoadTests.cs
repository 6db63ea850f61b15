using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Browser;

/// <summary>The road of a community manager: set, look at what it would mean, save, see it obeyed, take it back.</summary>
public sealed class ControlsRoadTests(DemoPortal portal) : IClassFixture<DemoPortal>
{
    private const string Manager = "manager@demo.example";
    private const string Controls = "/groups/trail-runners/controls";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static ILocator Button(IPage page, string name) => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });

    private static Task SaysAsync(IPage page, string text) => Assertions.Expect(page.Locator("main")).ToContainTextAsync(text);

    private static async Task<JsonElement> CheckAsync(HttpClient api) =>
        await api.GetFromJsonAsync<JsonElement>("api/v1/quotas/check?group=trail-runners&meter=storage&amount=1", Cancel);

    [Fact]
    public async Task A_budget_pauses_uploads_is_answered_and_taken_back()
    {
        using var api = portal.Api();
        // Less than the month has cost already, so that it is used up at once.
        (await api.PostAsJsonAsync("api/v1/alerts", new { account = "group:trail-runners", subject = "budget", amount = "0.01" }, Cancel)).EnsureSuccessStatusCode();
        Assert.True((await CheckAsync(api)).GetProperty("allowed").GetBoolean());
        var page = await portal.OpenAsync(Manager, Controls);
        var budgets = page.Locator("#budgets");
        await budgets.GetByLabel("When the budget of 0.01 USD a month (cost) is used up").SelectOptionAsync("pause");
        await budgets.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Show what it would have meant" }).ClickAsync();
        await Assertions.Expect(budgets.GetByRole(AriaRole.Alert)).ToContainTextAsync("“Reason” is required");
        await budgets.GetByLabel("Reason").FillAsync("Money is short");
        await budgets.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Show what it would have meant" }).ClickAsync();
        await Assertions.Expect(budgets.Locator(".preview")).ToContainTextAsync("would have paused on");
        Assert.True((await CheckAsync(api)).GetProperty("allowed").GetBoolean());
        await Button(page, "Save what happens").ClickAsync();
        await SaysAsync(page, "New uploads are paused");

        var denied = await CheckAsync(api);
        Assert.False(denied.GetProperty("allowed").GetBoolean());
        Assert.Contains("paused by the budget of 0.01 USD a month (cost)", denied.GetProperty("reason").GetString(), StringComparison.Ordinal);
        await page.Locator("main .preview button", new PageLocatorOptions { HasTextString = "Let uploads go on until" }).ClickAsync();
        await SaysAsync(page, "A budget is used up; uploads go on");
        Assert.True((await CheckAsync(api)).GetProperty("allowed").GetBoolean());
        await Button(page, "Keep new uploads paused").ClickAsync();
        await SaysAsync(page, "New uploads are paused until");
        Assert.False((await CheckAsync(api)).GetProperty("allowed").GetBoolean());
        await Button(page, "Undo").ClickAsync();
        await SaysAsync(page, "Taken back: it is as it was before.");
        Assert.True((await CheckAsync(api)).GetProperty("allowed").GetBoolean());
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Times_for_files_are_tried_saved_pinned_against_handed_to_OpenMeet_and_taken_back()
    {
        using var api = portal.Api();
        const string due = "api/v1/groups/trail-runners/retention/due?limit=1";
        var page = await portal.OpenAsync(Manager, Controls + "/files");
        var form = page.Locator("#change");
        await form.GetByLabel("Video: months").FillAsync("six");
        await form.GetByLabel("Reason").FillAsync("Storage fills up");
        await form.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Show what it would free" }).ClickAsync();
        await Assertions.Expect(form.GetByRole(AriaRole.Alert)).ToContainTextAsync("“Video: months” must be a number");
        await form.GetByLabel("Video: months").FillAsync("6");
        await form.GetByLabel("On: hand due files to OpenMeet, which deletes them").CheckAsync();
        await form.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Show what it would free" }).ClickAsync();
        await Assertions.Expect(form.Locator(".preview")).ToContainTextAsync("14 days in the bin; the owner is told");
        Assert.Equal("off", (await api.GetFromJsonAsync<JsonElement>(due, Cancel)).GetProperty("heldBy").GetString());
        await Button(page, "Save how files are kept").ClickAsync();
        await SaysAsync(page, "The retention is on. It frees");

        var list = await api.GetFromJsonAsync<JsonElement>(due, Cancel);
        var (file, files) = (list.GetProperty("items")[0].GetProperty("file").GetString()!, list.GetProperty("files").GetInt32());
        await Assertions.Expect(page.Locator("#due tbody th").First).ToHaveTextAsync(file);
        await page.GetByLabel($"Pin {file}: keep it").ClickAsync();
        await page.Locator("#due").GetByLabel($"Why is {file} kept?").FillAsync("the film of our first run");
        await Button(page, "Pin this file").ClickAsync();
        await SaysAsync(page, $"Pinned: {file} is kept whatever the times say.");
        Assert.Equal(files - 1, (await api.GetFromJsonAsync<JsonElement>(due, Cancel)).GetProperty("files").GetInt32());
        var csv = await page.APIRequest.GetAsync(portal.Address + Controls + "/files.csv");
        Assert.Equal(files, (await csv.TextAsync()).TrimEnd().Split("\r\n").Length);

        await Button(page, "Undo").ClickAsync();
        await SaysAsync(page, "Taken back: it is as it was before.");
        Assert.Equal("off", (await api.GetFromJsonAsync<JsonElement>(due, Cancel)).GetProperty("heldBy").GetString());
        await page.Context.CloseAsync();
    }
}

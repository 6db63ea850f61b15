using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Fleet;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Tests.Shared;
using OpenMeet.Insights.Tests.Support;
using OpenMeet.Insights.Tests.Upgrades;

namespace OpenMeet.Insights.Tests.Fleet;

/// <summary>The pages of bulk actions and the form of a new one: on their way, refused, failed, empty, with bad input, and a dry run made.</summary>
public sealed class BulkFormTests(PortalWithClock portal) : AdminPageTest, IClassFixture<PortalWithClock>
{
    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public void On_their_way_the_pages_show_a_skeleton()
    {
        Prepare("/admin/bulk", NotYet);
        IsOnItsWay(Render<AdminBulksPage>());
        IsOnItsWay(Render<AdminBulkNewPage>());
        IsOnItsWay(Render<AdminBulkPage>(p => p.Add(b => b.Id, 1)));
    }

    [Fact]
    public void Who_is_no_administrator_is_told_so_on_each()
    {
        Prepare("/admin/bulk", Task.FromResult(Principals.Nobody()));
        IsRefused(Render<AdminBulksPage>());
        IsRefused(Render<AdminBulkNewPage>());
        IsRefused(Render<AdminBulkPage>(p => p.Add(b => b.Id, 1)));
    }

    [Fact]
    public void A_database_that_does_not_answer_is_said_on_each_with_a_way_to_try_again()
    {
        Prepare("/admin/bulk", Task.FromResult(Principals.Admin()));
        HasFailed(Render<AdminBulksPage>());
        HasFailed(Render<AdminBulkNewPage>());
        HasFailed(Render<AdminBulkPage>(p => p.Add(b => b.Id, 1)));
    }

    [Fact]
    public async Task An_empty_selection_has_no_form_and_leads_back_to_the_fleet()
    {
        var (page, _) = await OpenAsync(users: 0);
        Assert.Equal("No account matches", page.Find(".empty h3").TextContent.Trim());
        Assert.Equal("/admin/fleet", page.Find(".empty a").GetAttribute("href"));
        Assert.Empty(page.FindAll("form"));
    }

    [Fact]
    public async Task Bad_input_is_answered_with_every_fault_at_once_and_no_dry_run_is_made()
    {
        var (page, tenant) = await OpenAsync();
        await page.Find("form").SubmitAsync(EventArgs.Empty);
        Assert.Equal(["“Reason” is required.", "“Meter” is required.", "“New limit” is required.", "“At the limit” is required.", "Say when it ends, or tick that it is permanent."], Faults(page));

        Fill(page, "storage", "-1", "hard", "2025-11-20", new string('r', 501));
        await page.Find("form").SubmitAsync(EventArgs.Empty);
        Assert.Equal(["“Reason” must be a text of 1 to 500 characters.", "“New limit” must be at least 0.", "Its end must lie ahead."], Faults(page));

        Fill(page, "storage", "5 GB", "hard", "2026-01-01", "Festival");
        await page.Find("form").SubmitAsync(EventArgs.Empty);
        Assert.Equal(["“New limit” must be a number of at most 10^15 with at most 12 decimals."], Faults(page));

        // Of the plan only what the plan needs.
        Field(page, "Change").Change("plan");
        await page.Find("form").SubmitAsync(EventArgs.Empty);
        Assert.Equal(["“Plan” is required."], Faults(page));
        Assert.Empty(await StoredAsync(tenant));
        Assert.EndsWith("/admin/bulk/new?kind=user", Services.GetRequiredService<NavigationManager>().Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limit_is_tried_in_the_meters_own_unit_and_changes_nothing()
    {
        var (page, tenant) = await OpenAsync();
        Assert.Equal("One change to all users: 3 accounts now.", page.Find(".say").TextContent.Trim());
        Fill(page, "storage", "0.5", "soft", "2026-01-01", "Festival");
        page.Find("form").Submit();
        var made = await MadeAsync(page, tenant);
        Assert.Equal((BulkStatus.Draft, "storage", 500_000_000m, "soft", Instant.FromUtc(2026, 1, 1, 0, 0), "Festival", "ada@example.org"), (made.Action.Status, made.Action.Meter, made.Action.Limit, made.Action.LimitKind, made.Action.ExpiresAt, made.Action.Reason, made.Action.CreatedBy));
        Assert.Equal(3, made.Counts.All);
    }

    [Fact]
    public async Task A_plan_is_tried_from_the_next_cycle()
    {
        var (page, tenant) = await OpenAsync();
        Field(page, "Change").Change("plan");
        Field(page, "Plan").Change("club");
        Field(page, "Reason").Change("Festival");
        page.Find("form").Submit();
        var made = await MadeAsync(page, tenant);
        Assert.Equal((BulkStatus.Draft, "club", 1, Instant.FromUtc(2025, 12, 1, 0, 0)), (made.Action.Status, made.Action.Plan, made.Action.PlanVersion, made.Action.From));
    }

    [Fact]
    public async Task Whose_right_has_ended_meanwhile_makes_nothing_and_is_told_so()
    {
        var (tenant, model) = await ModelAsync();
        Prepare("/admin/bulk/new?kind=user", Task.FromResult(Principals.Nobody()), portal.ConnectionString, portal.Clock);
        var form = Render<BulkForm>(p => p.Add(f => f.Model, model));
        Fill(form, "storage", "1", "hard", "2026-01-01", "Festival");
        form.Find("form").Submit();
        form.WaitForAssertion(() => Assert.Equal(["You are no administrator any more. Nothing was changed."], Faults(form)), Patience);
        Assert.Empty(await StoredAsync(tenant));
    }

    [Fact]
    public async Task A_database_that_is_gone_keeps_what_was_typed()
    {
        var (_, model) = await ModelAsync();
        Prepare("/admin/bulk/new?kind=user", Task.FromResult(Principals.Admin()), clock: portal.Clock);
        var form = Render<BulkForm>(p => p.Add(f => f.Model, model));
        Fill(form, "storage", "1", "hard", "2026-01-01", "Festival");
        form.Find("form").Submit();
        form.WaitForAssertion(() => Assert.Equal(["It could not be stored. Nothing was changed; please try again."], Faults(form)), Patience);
        Assert.Equal("1", Field(form, "New limit").GetAttribute("value"));
        Assert.False(form.Find("button[type=submit]").HasAttribute("disabled"));
    }

    private async Task<TestCommunity> CommunityAsync(int users)
    {
        var c = await portal.NewCommunityAsync();
        await AskPortal.SendAsync(c, HttpMethod.Post, "plans", """{"key":"club","name":"Club","currency":"USD","fee":"8.00","items":[]}""");
        await AskPortal.SendAsync(c, HttpMethod.Post, "plans/club/publish", """{"effective":"2025-01-01T00:00:00Z"}""");
        if (users > 0) await c.StoreAsync([.. Enumerable.Range(0, users).Select(i => A.Message($"u{i}", at: "2025-11-01T00:00:00Z"))]);
        return c;
    }

    private async Task<(IRenderedComponent<AdminBulkNewPage> Page, int Tenant)> OpenAsync(int users = 3)
    {
        var c = await CommunityAsync(users);
        Prepare("/admin/bulk/new?kind=user", Task.FromResult(Principals.Admin(c.Id)), portal.ConnectionString, portal.Clock);
        var page = Render<AdminBulkNewPage>();
        page.WaitForElement(".say", Patience);
        await RestAsync(page);
        return (page, c.Id);
    }

    private async Task<(int Tenant, BulkNewModel Model)> ModelAsync()
    {
        var c = await CommunityAsync(3);
        var tenant = await portal.Services.GetRequiredService<TenantStore>().GetAsync(c.Id, Cancel);
        var meters = await portal.Services.GetRequiredService<MeterCatalog>().GetAsync(c.Id, Cancel);
        return (c.Id, new BulkNewModel(tenant, new FleetState(new FleetFilter("user"), new ListState(null, "", 1)), 3, [meters.Find("storage")!], [], Instant.FromUtc(2025, 12, 1, 0, 0), new Dictionary<string, string>()));
    }

    // The form leads to what it made.
    private async Task<BulkState> MadeAsync(IRenderedComponent<AdminBulkNewPage> page, int tenant)
    {
        var navigation = Services.GetRequiredService<NavigationManager>();
        page.WaitForAssertion(() => Assert.DoesNotContain("/new", navigation.Uri, StringComparison.Ordinal), Patience);
        var (action, _) = Assert.Single(await StoredAsync(tenant));
        Assert.EndsWith(PortalUrls.AdminBulk(action.Id), navigation.Uri, StringComparison.Ordinal);
        return (await portal.Services.GetRequiredService<BulkReports>().FindAsync(tenant, action.Id, null, false, 0, 100, Cancel))!;
    }

    private async Task<IReadOnlyList<(BulkAction Action, BulkCounts Counts)>> StoredAsync(int tenant) => await portal.Services.GetRequiredService<BulkReports>().ListAsync(tenant, 100, Cancel);

    private static void Fill(IRenderedComponent<IComponent> page, string meter, string limit, string kind, string ends, string reason)
    {
        Field(page, "Meter").Change(meter);
        Field(page, "New limit").Change(limit);
        Field(page, "At the limit").Change(kind);
        Field(page, "Ends on").Change(ends);
        Field(page, "Reason").Change(reason);
    }
}

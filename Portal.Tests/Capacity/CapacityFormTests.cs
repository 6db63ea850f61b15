using Bunit;
using Microsoft.Extensions.DependencyInjection;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Capacity;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Capacity;
using OpenMeet.Insights.Tests.Shared;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Capacity;

/// <summary>The page of capacities and its form: on its way, refused, failed, with bad input, and saved.</summary>
public sealed class CapacityFormTests(PortalWithClock portal) : AdminPageTest, IClassFixture<PortalWithClock>
{
    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public void While_the_pools_are_on_their_way_there_is_a_skeleton()
    {
        Prepare("/admin/capacity", NotYet);
        IsOnItsWay(Render<AdminCapacityPage>());
    }

    [Fact]
    public void Who_is_no_administrator_is_told_so()
    {
        Prepare("/admin/capacity", Task.FromResult(Principals.Nobody()));
        IsRefused(Render<AdminCapacityPage>());
    }

    [Fact]
    public void A_database_that_does_not_answer_is_said_with_a_way_to_try_again()
    {
        Prepare("/admin/capacity", Task.FromResult(Principals.Admin()));
        HasFailed(Render<AdminCapacityPage>());
    }

    [Fact]
    public async Task Bad_input_is_answered_with_every_fault_at_once_and_nothing_is_kept()
    {
        var (page, tenant) = await OpenAsync();
        await page.Find("form").SubmitAsync(EventArgs.Empty);
        Assert.Equal(["“Pool” is required.", "“Capacity” is required.", "“From” is required.", "“An order takes, days” is required.", "“Reason” is required."], Faults(page));

        Fill(page, "disk", "0", "2025-12-01", "731", "bought");
        await page.Find("form").SubmitAsync(EventArgs.Empty);
        Assert.Equal(["“Capacity” must be more than 0.", "“An order takes, days” must be a whole number of at most 730."], Faults(page));

        Fill(page, "disk", "-5", "1999-12-31", "1.5", new string('r', 501));
        await page.Find("form").SubmitAsync(EventArgs.Empty);
        Assert.Equal(
            ["“Capacity” must be at least 0.", "“From” must be a day such as 2026-12-31.", "“An order takes, days” must be a whole number of at most 730.", "“Reason” must be a text of 1 to 500 characters."], Faults(page));

        Fill(page, "disk", "much", "2025-12-01", "soon", "bought");
        await page.Find("form").SubmitAsync(EventArgs.Empty);
        Assert.All(Faults(page), f => Assert.EndsWith("must be a number of at most 10^15 with at most 12 decimals.", f, StringComparison.Ordinal));
        Assert.Equal(2, Faults(page).Count());

        Assert.Empty(page.FindAll(".done"));
        Assert.Empty(await StoredAsync(tenant));
    }

    [Fact]
    public async Task A_capacity_is_kept_in_the_pools_own_unit_with_who_and_why_and_stands_below()
    {
        var (page, tenant) = await OpenAsync();
        Assert.Contains("unknown when anything is full", page.Find(".empty").TextContent, StringComparison.Ordinal);
        Fill(page, "disk", "500", "2025-12-01", "14", "A second disk");
        page.Find("form").Submit();
        page.WaitForAssertion(() => Assert.Equal("Saved: Disk can hold 500 GB from 1 Dec 2025.", page.Find("form .done[role=status]").TextContent.Trim()), Patience);
        page.WaitForAssertion(() => Assert.Contains("A second disk", page.Find("tbody tr td[data-l=Why]").TextContent, StringComparison.Ordinal), Patience);
        Assert.Empty(page.FindAll(".faults"));

        var kept = Assert.Single(await StoredAsync(tenant));
        Assert.Equal(("disk", 500_000_000_000m, 14, "ada@example.org"), (kept.Pool, kept.Capacity, kept.LeadDays, kept.CreatedBy));
        var line = Assert.Single(await portal.Services.GetRequiredService<AuditReports>().ListAsync(tenant, new AuditFilter(null, "capacity.set", "pool:disk", null, null, null), 10, Cancel));
        Assert.Equal(("ada@example.org", "A second disk"), (line.Actor, line.Reason));
    }

    [Fact]
    public async Task Whose_right_has_ended_meanwhile_changes_nothing_and_is_told_so()
    {
        var (tenant, model) = await ModelAsync();
        Prepare("/admin/capacity", Task.FromResult(Principals.Nobody()), portal.ConnectionString, portal.Clock);
        var form = Render<CapacityForm>(p => p.Add(f => f.Model, model));
        Fill(form, "disk", "500", "2025-12-01", "14", "bought");
        form.Find("form").Submit();
        form.WaitForAssertion(() => Assert.Equal(["You are no administrator any more. Nothing was changed."], Faults(form)), Patience);
        Assert.Empty(await StoredAsync(tenant));
    }

    [Fact]
    public async Task A_database_that_is_gone_keeps_what_was_typed()
    {
        var (_, model) = await ModelAsync();
        Prepare("/admin/capacity", Task.FromResult(Principals.Admin()));
        var form = Render<CapacityForm>(p => p.Add(f => f.Model, model));
        Fill(form, "disk", "500", "2025-12-01", "14", "bought");
        form.Find("form").Submit();
        form.WaitForAssertion(() => Assert.Equal(["It could not be stored. Nothing was changed; please try again."], Faults(form)), Patience);
        Assert.Equal("500", Field(form, "Capacity").GetAttribute("value"));
        Assert.False(form.Find("button[type=submit]").HasAttribute("disabled"));
    }

    private async Task<(IRenderedComponent<AdminCapacityPage> Page, int Tenant)> OpenAsync()
    {
        var c = await portal.NewCommunityAsync();
        Prepare("/admin/capacity", Task.FromResult(Principals.Admin(c.Id)), portal.ConnectionString, portal.Clock);
        var page = Render<AdminCapacityPage>();
        page.WaitForElement("form", Patience);
        await RestAsync(page);
        return (page, c.Id);
    }

    private async Task<(int Tenant, CapacityModel Model)> ModelAsync()
    {
        var c = await portal.NewCommunityAsync();
        var tenant = await portal.Services.GetRequiredService<TenantStore>().GetAsync(c.Id, Cancel);
        return (c.Id, new CapacityModel(tenant, await portal.Services.GetRequiredService<CapacityReports>().ReadAsync(tenant, Cancel), [], new NodaTime.LocalDate(2025, 11, 20)));
    }

    private Task<IReadOnlyList<PoolCapacity>> StoredAsync(int tenant) => portal.Services.GetRequiredService<CapacityStore>().ListAsync(tenant, Cancel);

    private static void Fill(IRenderedComponent<Microsoft.AspNetCore.Components.IComponent> page, string pool, string capacity, string from, string lead, string reason)
    {
        Field(page, "Pool").Change(pool);
        Field(page, "Capacity").Change(capacity);
        Field(page, "From").Change(from);
        Field(page, "An order takes").Change(lead);
        Field(page, "Reason").Change(reason);
    }
}

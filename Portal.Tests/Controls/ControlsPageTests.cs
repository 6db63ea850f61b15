using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Controls;
using OpenMeet.Insights.Tests.Shared;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Controls;

/// <summary>The pages of a group's controls and their forms: on their way, refused, failed, with bad input, and saved.</summary>
public sealed class ControlsPageTests(PortalWithClock portal) : AdminPageTest, IClassFixture<PortalWithClock>
{
    private static readonly GroupControls Chess = new("chess", "Chess", DateTimeZone.Utc, [("bob", "Bob", "member")], [])
    {
        Budgets = [new BudgetStanding(12, AlertMoney.Cost, new Amount(50, new Currency("USD")), BudgetAction.Notify)],
    };

    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public void While_they_are_on_their_way_there_is_a_skeleton() => Assert.All(Pages(NotYet), IsOnItsWay);

    [Fact]
    public void Who_may_not_see_them_is_told_so() => Assert.All(Pages(Task.FromResult(Principals.Nobody())), IsRefused);

    [Fact]
    public void A_database_that_does_not_answer_is_said_with_a_way_to_try_again() => Assert.All(Pages(Task.FromResult(Principals.Admin())), HasFailed);

    [Fact]
    public void Whose_right_has_ended_meanwhile_sees_no_preview_and_is_told_so() => Assert.All(Forms(Task.FromResult(Principals.Nobody())), form =>
    {
        form.Find("form").Submit();
        form.WaitForAssertion(() => Assert.Matches("^You (are neither owner nor admin of|do not own) this group any more. Nothing was saved.$", Assert.Single(Faults(form))), Patience);
        Assert.Empty(form.FindAll(".preview"));
    });

    [Fact]
    public void A_database_that_is_gone_is_said_and_keeps_what_was_typed() => Assert.All(Forms(Task.FromResult(Principals.Admin())), form =>
    {
        form.FindAll("form input[maxlength='500']")[0].Change("Money is short");
        form.Find("form").Submit();
        form.WaitForAssertion(() => Assert.Equal(["It could not be read. Nothing was changed; please try again."], Faults(form)), Patience);
        Assert.Equal("Money is short", form.FindAll("form input[maxlength='500']")[0].GetAttribute("value"));
        Assert.False(form.Find("button[type=submit]").HasAttribute("disabled"));
    });

    [Fact]
    public void A_budget_that_was_set_meanwhile_stands_in_the_open_form_as_it_is()
    {
        Prepare("/groups/chess/controls", Task.FromResult(Principals.Admin()));
        var form = Render<BudgetsForm>(p => p.Add(f => f.Controls, Chess).Add(f => f.Replays, []).Add(f => f.Now, Instant.FromUtc(2026, 11, 23, 14, 0)));
        form.Find("select").Change("ask");
        var another = new BudgetStanding(13, AlertMoney.Cost, new Amount(80, new Currency("USD")), BudgetAction.Pause);

        form.Render(p => p.Add(f => f.Controls, Chess with { Budgets = [.. Chess.Budgets, another] }));

        Assert.Equal(["ask", "pause"], form.FindAll("select").Select(s => s.GetAttribute("value")));
    }

    [Fact]
    public async Task Images_are_shown_before_they_are_saved_and_bad_input_is_named()
    {
        var (page, tenant) = await OpenAsync<GroupControlsPage>("/groups/chess/controls");
        Assert.Contains("stored as they are sent", page.Find("#images").TextContent, StringComparison.Ordinal);
        Assert.Contains("No budget yet", page.Find("#budgets").TextContent, StringComparison.Ordinal);

        page.Find("#images select").Change("true");
        page.FindAll("#images form input")[0].Change("0");
        page.Find("#images form").Submit();
        page.WaitForAssertion(() => Assert.Equal(["“Reason” is required.", "“Quality, %” is a whole number from 1 to 100."], Faults(page)), Patience);
        await RestAsync(page);

        page.FindAll("#images form input")[0].Change("80");
        page.FindAll("#images form input")[2].Change("Storage fills up");
        page.Find("#images form").Submit();
        page.WaitForElement("#images .preview", Patience);
        await RestAsync(page);
        Assert.Contains("compressed: quality 80 %", page.Find("#images .preview").TextContent, StringComparison.Ordinal);
        Assert.Null((await PolicyAsync(tenant)).Images);
        page.FindAll("#images .preview button")[1].Click();
        page.WaitForAssertion(() => Assert.Contains("Saved: new images are compressed: quality 80 %.", page.Find(".done[role=status]").TextContent, StringComparison.Ordinal), Patience);
        Assert.Equal(new ImageCompression(80), (await PolicyAsync(tenant)).Images);
    }

    [Fact]
    public async Task Times_of_files_are_shown_before_they_are_saved_and_bad_input_is_named()
    {
        var (page, tenant) = await OpenAsync<GroupFilesPage>("/groups/chess/controls/files");
        Assert.Equal("Files are kept until somebody deletes them.", page.Find(".say").TextContent.Trim());
        Assert.Contains("No file is pinned", page.Markup, StringComparison.Ordinal);

        page.FindAll("#change input[type=text]")[0].Change("121");
        page.Find("#change form").Submit();
        page.WaitForAssertion(() => Assert.Equal(["“Reason” is required.", "“Every other kind: months” is a whole number from 1 to 120."], Faults(page)), Patience);
        await RestAsync(page);

        page.FindAll("#change input[type=text]")[0].Change("12");
        page.FindAll("#change input[maxlength='500']")[0].Change("A year is enough");
        page.Find("#change form").Submit();
        page.WaitForElement("#change .preview", Patience);
        await RestAsync(page);
        Assert.Contains("frees nothing now: no file is due", page.Find("#change .preview").TextContent, StringComparison.Ordinal);
        page.FindAll("#change .preview button")[1].Click();
        page.WaitForAssertion(() => Assert.Contains("Saved: off: every other kind 12 months after the upload.", page.Find(".done[role=status]").TextContent, StringComparison.Ordinal), Patience);
        Assert.Equal(12, (await PolicyAsync(tenant)).Retention!.Kinds[Retention.Other].Months);
    }

    private IEnumerable<IRenderedComponent<IComponent>> Pages(Task<AuthenticationState> viewer)
    {
        Prepare("/groups/chess/controls", viewer);
        yield return Render<GroupControlsPage>(p => p.Add(v => v.Group, "chess"));
        yield return Render<GroupFilesPage>(p => p.Add(v => v.Group, "chess"));
    }

    private IEnumerable<IRenderedComponent<IComponent>> Forms(Task<AuthenticationState> viewer)
    {
        Prepare("/groups/chess/controls", viewer);
        yield return Render<BudgetsForm>(p => p.Add(f => f.Controls, Chess).Add(f => f.Replays, []).Add(f => f.Now, Instant.FromUtc(2026, 11, 23, 14, 0)));
        yield return Render<ImagesForm>(p => p.Add(f => f.Controls, Chess).Add(f => f.Saving, new MeasuredSaving(0, 0, 0, 0)));
        yield return Render<RetentionForm>(p => p.Add(f => f.Controls, Chess).Add(f => f.Kinds, []));
        yield return Render<ControlsForm>(p => p.Add(f => f.Controls, Chess));
    }

    private async Task<(IRenderedComponent<T> Page, Tenant Tenant)> OpenAsync<T>(string address) where T : class, IComponent
    {
        var c = await portal.NewCommunityAsync();
        Assert.Equal(System.Net.HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/chess", """{"name":"Chess","ownerKey":"olga"}""")).Status);
        Prepare(address, Task.FromResult(Principals.Admin(c.Id)), portal.ConnectionString, portal.Clock);
        var page = (IRenderedComponent<T>)Render<T>(p => p.TryAdd("Group", "chess"));
        page.WaitForElement("form", Patience);
        await RestAsync(page);
        return (page, await portal.Services.GetRequiredService<TenantStore>().GetAsync(c.Id, Cancel));
    }

    private async Task<GroupPolicy> PolicyAsync(Tenant tenant) => (await portal.Services.GetRequiredService<GroupPolicyReports>().ReadAsync(tenant, "chess", null, Cancel))!.Policy;
}

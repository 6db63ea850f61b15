using Bunit;
using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Alerts;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Tests.Shared;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Alerts;

public sealed class QuietFormTests : AdminPageTest
{
    private static readonly Tenant Tenant = new() { Id = 1, Key = "t", Name = "Tenant", Terms = [new TenantTerms(null, "USD", "UTC", "group-carries", null)] };

    [Fact]
    public void A_database_that_is_gone_is_said_and_keeps_what_was_typed()
    {
        Prepare("/me/alerts", Task.FromResult(Principals.Admin()));
        var model = new AlertsModel(Tenant, "user:ann", true, "user:ann", [], [], 0, new ListState(null, "", 1), new MeterSet([]), "USD", null, false, 0, _ => "/me/alerts");
        var form = (IRenderedComponent<IComponent>)Render<QuietForm>(p => p.Add(f => f.Model, model));
        Field(form, "Time zone").Change("Europe/Berlin");

        form.Find("form").Submit();

        form.WaitForAssertion(() => Assert.Equal(["It could not be saved. Nothing was changed; please try again."], Faults(form)), Patience);
        Assert.Equal("Europe/Berlin", Field(form, "Time zone").GetAttribute("value"));
        form.WaitForAssertion(() => Assert.False(form.Find("button[type=submit]").HasAttribute("disabled")), Patience);
    }
}

using Microsoft.AspNetCore.Builder;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Account;

/// <summary>A portal that was set up with a first administrator.</summary>
public sealed class BootstrappedPortal(PostgresServer server) : RunningPortal(server)
{
    public const string Email = "ada@example.org";

    // One of those that nobody may choose for themselves.
    public const string Chosen = "password123";

    internal override void Adjust(WebApplicationBuilder builder)
    {
        builder.Configuration["Insights:Bootstrap:AdminEmail"] = Email;
        builder.Configuration["Insights:Bootstrap:AdminPassword"] = Chosen;
    }
}

public sealed class BootstrapTests(BootstrappedPortal portal) : IClassFixture<BootstrappedPortal>
{
    [Fact]
    public async Task Whoever_sets_it_up_signs_in_with_the_password_of_the_settings_also_with_a_weak_one()
    {
        using var ada = new Visitor(portal.Address);
        await ada.InAsync(BootstrappedPortal.Email, BootstrappedPortal.Chosen);
        Assert.True(await ada.IsInAsync());
    }
}

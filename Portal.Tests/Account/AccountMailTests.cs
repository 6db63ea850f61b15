using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Account;

/// <summary>A portal that sends its mail to a server of the test.</summary>
public sealed class MailingPortal(PostgresServer server) : RunningPortal(server), IAsyncLifetime
{
    public MailCatcher Mail { get; } = new();

    internal override void Adjust(WebApplicationBuilder builder)
    {
        builder.Configuration["Insights:Mail:Host"] = "127.0.0.1";
        builder.Configuration["Insights:Mail:Port"] = Mail.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        builder.Configuration["Insights:Mail:From"] = "insights@example.org";
        builder.Configuration["Insights:Mail:StartTls"] = "false";
        builder.Configuration["Insights:SignIn:CheckSeconds"] = "1";
        builder.Configuration["Insights:SignIn:PerMinute"] = "10000";
    }

    public new async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Mail.DisposeAsync();
    }
}

/// <summary>Links by mail: to a new password, and for an address.</summary>
public sealed partial class AccountMailTests(MailingPortal portal) : IClassFixture<MailingPortal>
{
    [Fact]
    public async Task A_forgotten_password_is_chosen_anew_once_and_ends_all_sessions()
    {
        var email = await AccountAsync();
        using var ann = await Visitor.InAsync(portal.Address, email);
        using var asking = new Visitor(portal.Address);
        // Before the other: when that one's mail is there, this wish was looked at.
        var unknown = await asking.PostAsync("/account/forgot", "forgot", ("Email", "nobody@nowhere.example"));
        var known = await asking.PostAsync("/account/forgot", "forgot", ("Email", email.ToUpperInvariant()));
        Assert.Equal(Card().Match(known.Text).Value, Card().Match(unknown.Text).Value);
        Assert.Contains("If this address has an account", known.Text, StringComparison.Ordinal);
        var link = await LinkAsync(email);
        Assert.Empty(portal.Mail.To("nobody@nowhere.example"));
        Assert.Contains("8 characters", (await asking.PostAsync(link, "reset", ("Chosen", "short"))).Text, StringComparison.Ordinal);
        Assert.Contains("Your password is changed", (await asking.PostAsync(link, "reset", ("Chosen", "Chosen-anew-2026"))).Text, StringComparison.Ordinal);
        Assert.False(await ann.IsInAsync());
        Assert.Contains("This link was used", (await asking.PostAsync(link, "reset", ("Chosen", "And-again-2026"))).Text, StringComparison.Ordinal);
        Assert.Contains("not right", (await asking.SignInAsync(email)).Text, StringComparison.Ordinal);
        await asking.InAsync(email, "Chosen-anew-2026");
    }

    [Fact]
    public async Task A_link_ends_with_its_hour()
    {
        var email = await AccountAsync();
        using var asking = new Visitor(portal.Address);
        await asking.PostAsync("/account/forgot", "forgot", ("Email", email));
        var link = await LinkAsync(email);
        var tokens = portal.Services.GetRequiredService<IOptions<DataProtectionTokenProviderOptions>>().Value;
        Assert.Equal(TimeSpan.FromHours(1), tokens.TokenLifespan);
        tokens.TokenLifespan = TimeSpan.Zero;
        try
        {
            Assert.Contains("its hour is over", (await asking.PostAsync(link, "reset", ("Chosen", "Chosen-anew-2026"))).Text, StringComparison.Ordinal);
        }
        finally
        {
            tokens.TokenLifespan = TimeSpan.FromHours(1);
        }
        Assert.Contains("its hour is over", (await asking.PostAsync(link.Replace("token=", "token=x", StringComparison.Ordinal), "reset", ("Chosen", "Chosen-anew-2026"))).Text, StringComparison.Ordinal);
        Assert.Contains("Your password is changed", (await asking.PostAsync(link, "reset", ("Chosen", "Chosen-anew-2026"))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_counts_when_its_link_was_opened()
    {
        var email = await AccountAsync();
        using var ann = await Visitor.InAsync(portal.Address, email);
        var next = "next-" + email;
        Assert.Equal("/account/security?done=mail", (await ann.PostAsync("/account/security", "address", ("Address", next))).To);
        var link = await LinkAsync(next);
        Assert.Contains($"Is {next} your address?", (await ann.GetAsync(link)).Text, StringComparison.Ordinal);
        using var stillOld = await Visitor.InAsync(portal.Address, email);
        Assert.Contains("is confirmed", (await stillOld.PostAsync(link, "confirm-email")).Text, StringComparison.Ordinal);
        using var later = await Visitor.InAsync(portal.Address, next);
        Assert.Contains("not right", (await stillOld.SignInAsync(email)).Text, StringComparison.Ordinal);
        Assert.Contains("was used", (await later.PostAsync(link, "confirm-email")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_somebody_has_is_not_given_twice()
    {
        var (email, taken) = (await AccountAsync(), await AccountAsync());
        using var ann = await Visitor.InAsync(portal.Address, email);
        await ann.PostAsync("/account/security", "address", ("Address", taken));
        Assert.Contains("has an account already", (await ann.PostAsync(await LinkAsync(taken), "confirm-email")).Text, StringComparison.Ordinal);
        using var other = await Visitor.InAsync(portal.Address, taken);
    }

    [Fact]
    public async Task What_a_request_calls_the_portal_gets_into_no_mail()
    {
        var email = await AccountAsync();
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = portal.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/account/forgot");
        request.Headers.Host = "evil.example";
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Contains("This portal sends no mail", WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)), StringComparison.Ordinal);
        Assert.Empty(portal.Mail.To(email));
    }

    // The path of the link of the newest mail to an address.
    private async Task<string> LinkAsync(string address)
    {
        var text = (await portal.Mail.NewestAsync(address, TimeSpan.FromMinutes(1))).TextBody!;
        Assert.Contains("within an hour", text, StringComparison.Ordinal);
        return new Uri(Link().Match(text).Value).PathAndQuery;
    }

    private async Task<string> AccountAsync() => await Visitor.NewAccountAsync(portal, await portal.NewCommunityAsync(), "ann");

    [GeneratedRegex("http://[^\\s]+")]
    private static partial Regex Link();

    [GeneratedRegex("<p class=\"done\".*?</p>", RegexOptions.Singleline)]
    private static partial Regex Card();
}

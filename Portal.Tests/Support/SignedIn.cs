using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>People who sign in to a running portal by its own form, without a browser.</summary>
public static partial class SignedIn
{
    private const string Password = "Test-portal-2026";

    /// <summary>A client of somebody new in a community: its administrator, or the user of that key. It follows no redirection.</summary>
    public static async Task<HttpClient> SignInAsync(this RunningPortal portal, TestCommunity community, string? userKey = null)
    {
        var cancel = TestContext.Current.CancellationToken;
        var email = $"{userKey ?? "admin"}-{Guid.NewGuid():N}@{community.Key}.example";
        await using (var scope = portal.Services.CreateAsyncScope())
        {
            var made = await scope.ServiceProvider.GetRequiredService<UserManager<InsightsUser>>().CreateAsync(
                new InsightsUser { UserName = email, Email = email, EmailConfirmed = true, TenantId = community.Id, IsAdmin = userKey is null, UserKey = userKey }, Password);
            Assert.True(made.Succeeded, string.Join(' ', made.Errors.Select(e => e.Description)));
        }
#pragma warning disable CA2000 // The client owns its handler, and lives as long as its test.
        var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = portal.Address };
#pragma warning restore CA2000
        using var form = await http.GetAsync("account/login", cancel);
        var text = await form.Content.ReadAsStringAsync(cancel);
        using var post = new HttpRequestMessage(HttpMethod.Post, "account/login")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["_handler"] = "login", ["__RequestVerificationToken"] = Token().Match(text).Groups[1].Value, ["Email"] = email, ["Password"] = Password,
            }),
        };
        post.Headers.Add("Cookie", Cookies(form));
        using var answer = await http.SendAsync(post, cancel);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        // By hand: a clock that a test sets lets cookies end before they began.
        http.DefaultRequestHeaders.Add("Cookie", Cookies(answer));
        return http;
    }

    private static string Cookies(HttpResponseMessage answer) => string.Join("; ", answer.Headers.GetValues("Set-Cookie").Select(c => c.Split(';')[0]));

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}

using System.Net;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Languages;

public sealed class LanguageHttpTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private const string German = "c=en|uic=de";

    [Theory]
    [InlineData(null, null, "en", "Sign in")]
    [InlineData("fr, de;q=0.8", null, "de", "Anmelden")]
    [InlineData("es-MX", null, "es", "Iniciar sesión")]
    [InlineData("fr", null, "en", "Sign in")]
    [InlineData("es", German, "de", "Anmelden")]
    [InlineData("de", "c=en|uic=xx", "de", "Anmelden")]
    public async Task A_page_speaks_what_was_chosen_else_what_the_browser_asks_for(string? asked, string? cookie, string language, string button)
    {
        using var response = await SendAsync("account/login", asked, cookie);
        var page = WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Contains($"<html lang=\"{language}\"", page, StringComparison.Ordinal);
        Assert.Contains($"<h1>{button}</h1>", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("language/de?returnUrl=%2Faccount%2Flogin", "/account/login", true)]
    [InlineData("language/de?returnUrl=%2F%2Fevil.example", "/", true)]
    [InlineData("language/xx?returnUrl=%2Faccount%2Flogin", "/account/login", false)]
    public async Task A_choice_is_kept_and_leads_back(string address, string back, bool kept)
    {
        using var response = await SendAsync(address, null, null);
        Assert.Equal((HttpStatusCode.Redirect, back), (response.StatusCode, response.Headers.Location?.OriginalString));
        Assert.Equal(kept, response.Headers.TryGetValues("Set-Cookie", out var cookies) && cookies.Any(c => c.StartsWith("insights-language=" + Uri.EscapeDataString(German), StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/csv")]
    public async Task Interfaces_answer_a_German_as_everybody(string accept)
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(A.Upload("ann", 1_234_567, file: "f1", at: "2025-11-03T10:00:00Z"));
        async Task<string> AnswerAsync(string? asked, string? cookie)
        {
            using var response = await SendAsync("api/v1/meters/storage/query?from=2025-11-01T00:00:00Z&to=2025-11-05T00:00:00Z&windowSize=DAY", asked, cookie, accept, c);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        }

        var plain = await AnswerAsync(null, null);
        Assert.Contains("2025-11-03", plain, StringComparison.Ordinal);
        Assert.Equal(plain, await AnswerAsync("de", German));
    }

    private async Task<HttpResponseMessage> SendAsync(string address, string? asked, string? cookie, string? accept = null, TestCommunity? community = null)
    {
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = portal.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (asked is not null) request.Headers.TryAddWithoutValidation("Accept-Language", asked);
        if (cookie is not null) request.Headers.TryAddWithoutValidation("Cookie", "insights-language=" + Uri.EscapeDataString(cookie));
        if (accept is not null) request.Headers.Accept.ParseAdd(accept);
        if (community is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + RunningPortal.Key);
            request.Headers.TryAddWithoutValidation("X-Tenant-Id", community.Key);
        }
        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Hosting;

/// <summary>What protects the portal beside its rights: headers, cookies, forms, limits, and a log that holds no secret. docs/security.md points here.</summary>
public sealed partial class HardeningTests(WatchedPortal portal) : IClassFixture<WatchedPortal>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("account/login", 200)]
    [InlineData("me/usage", 302)]
    [InlineData("no-such-page", 404)]
    [InlineData("api/v1/audit", 401)]
    [InlineData("api/v1/no-such-thing", 404)]
    [InlineData("api/v1/audit?cursor=%00", 400)]
    [InlineData("openapi/v1.json", 200)]
    [InlineData("api/docs/", 200)]
    [InlineData("metrics", 200)]
    [InlineData("favicon.svg", 200)]
    public async Task Every_answer_tells_the_browser_what_it_may_not(string path, int status)
    {
        using var browser = portal.Browser();
        using var answer = await browser.GetAsync(new Uri(path, UriKind.Relative), Cancel);
        Assert.Equal(status, (int)answer.StatusCode);
        HasHeaders(answer);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_with_the_same_headers_and_a_whole_directory_is_not()
    {
        using var large = new StringContent(new string(' ', 2_000_000), Encoding.UTF8, "application/json");
        using var refused = await portal.Client().PostAsync(new Uri("api/v1/alerts", UriKind.Relative), large, Cancel);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "application/problem+json"), (refused.StatusCode, refused.Content.Headers.ContentType?.MediaType));
        HasHeaders(refused);
        using var lines = new StringContent(string.Join('\n', Enumerable.Repeat(new string(' ', 100), 20_000)), Encoding.UTF8, "application/x-ndjson");
        using var taken = await portal.Client().PostAsync(new Uri("api/v1/directory/sync", UriKind.Relative), lines, Cancel);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
    }

    [Fact]
    public async Task No_page_has_a_script_of_its_own_and_that_of_the_API_page_has_a_word_for_each_answer()
    {
        using var browser = portal.Browser();
        var (_, _, form) = await WatchedPortal.OpenFormAsync(browser);
        Assert.Empty(InlineScript().Matches(await form.Content.ReadAsStringAsync(Cancel)));
        var email = await portal.NewPersonAsync();
        using var signedIn = await WatchedPortal.SignInAsync(browser, await WatchedPortal.OpenFormAsync(browser), email, WatchedPortal.Password);
        browser.DefaultRequestHeaders.Add("Cookie", string.Join("; ", signedIn.Headers.GetValues("Set-Cookie").Select(c => c.Split(';')[0])));
        var page = await browser.GetStringAsync(new Uri("inbox", UriKind.Relative), Cancel);
        Assert.Contains("_framework/blazor.web", page, StringComparison.Ordinal);
        Assert.Empty(InlineScript().Matches(page));
        Assert.DoesNotMatch(InlineHandler(), page);

        var words = new HashSet<string>();
        for (var i = 0; i < 2; i++)
        {
            using var docs = await browser.GetAsync(new Uri("api/docs/", UriKind.Relative), Cancel);
            var word = Nonce().Match(docs.Headers.GetValues("Content-Security-Policy").Single()).Groups[1].Value;
            var scripts = Script().Matches(await docs.Content.ReadAsStringAsync(Cancel));
            Assert.NotEmpty(scripts);
            Assert.All(scripts, s => Assert.Contains($"nonce=\"{word}\"", WebUtility.HtmlDecode(s.Value), StringComparison.Ordinal));
            Assert.True(word.Length >= 16 && words.Add(word));
        }
    }

    [Fact]
    public async Task Cookies_are_out_of_reach_of_scripts_and_of_other_sites()
    {
        using var browser = portal.Browser();
        var form = await WatchedPortal.OpenFormAsync(browser);
        var token = Assert.Single(form.Answer.Headers.GetValues("Set-Cookie"));
        Assert.Matches("^insights-form=.*; samesite=strict; httponly$", token.ToLowerInvariant());
        using var signedIn = await WatchedPortal.SignInAsync(browser, form, await portal.NewPersonAsync(), WatchedPortal.Password);
        var cookie = Assert.Single(signedIn.Headers.GetValues("Set-Cookie"), c => c.StartsWith("insights=", StringComparison.Ordinal)).ToLowerInvariant();
        Assert.Contains("; samesite=lax", cookie, StringComparison.Ordinal);
        Assert.Contains("; httponly", cookie, StringComparison.Ordinal);
        // Secure wherever the request is; this one was plain HTTP.
        Assert.Equal(CookieSecurePolicy.SameAsRequest, portal.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(IdentityConstants.ApplicationScheme).Cookie.SecurePolicy);
        Assert.Equal(CookieSecurePolicy.SameAsRequest, portal.Services.GetRequiredService<IOptions<AntiforgeryOptions>>().Value.Cookie.SecurePolicy);
    }

    [Fact]
    public async Task A_form_of_another_site_is_refused()
    {
        using var browser = portal.Browser();
        var form = await WatchedPortal.OpenFormAsync(browser);
        var email = await portal.NewPersonAsync();
        foreach (var forged in new[] { form with { Token = "" }, form with { Cookie = "insights-form=x" } })
        {
            using var refused = await WatchedPortal.SignInAsync(browser, forged, email, WatchedPortal.Password);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
    }

    [Fact]
    public async Task Secrets_never_reach_the_log_not_even_at_its_finest_level()
    {
        using var browser = portal.Browser();
        var email = await portal.NewPersonAsync();
        var form = await WatchedPortal.OpenFormAsync(browser);
        using (await WatchedPortal.SignInAsync(browser, form, email, "wrong-secret-never-logged")) { }
        using var signedIn = await WatchedPortal.SignInAsync(browser, form, email, WatchedPortal.Password);
        Assert.Equal(HttpStatusCode.Redirect, signedIn.StatusCode);
        var cookie = signedIn.Headers.GetValues("Set-Cookie").First().Split(';')[0].Split('=', 2)[1];
        var key = await portal.NewKeyAsync(null, null, "admin");
        var client = portal.Client(key);
        var made = (await Answer.ReadAsync(await client.PostAsJsonAsync("api/v1/keys", new { name = "new", scopes = new[] { "admin" } }, Cancel))).Json.GetProperty("key").GetString()!;
        var hook = (await Answer.ReadAsync(await client.PostAsJsonAsync("api/v1/webhooks", new { url = "https://93.184.216.34/" }, Cancel))).Json.GetProperty("secret").GetString()!;
        var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Claims = new Dictionary<string, object> { ["slug"] = "ann", ["tenantId"] = "default" },
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(WatchedPortal.JwtSecret)), SecurityAlgorithms.HmacSha256),
        });
        using (var asked = await portal.Client(token, "default").GetAsync(new Uri("api/v1/meters", UriKind.Relative), Cancel)) Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        using (var asked = await portal.Client(token[..^3] + "abc", "default").GetAsync(new Uri("api/v1/meters", UriKind.Relative), Cancel)) Assert.Equal(HttpStatusCode.Unauthorized, asked.StatusCode);

        var log = string.Join('\n', portal.Log);
        Assert.True(portal.Log.Count > 200 && log.Contains("api/v1/webhooks", StringComparison.Ordinal));
        foreach (var secret in new[] { WatchedPortal.Password, "wrong-secret-never-logged", WatchedPortal.JwtSecret, RunningPortal.Key, key, made, hook, token, token.Split('.')[2], cookie, form.Token })
            Assert.DoesNotContain(secret, log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_logged_of_a_failed_request_stays_one_line()
    {
        var written = new Written();
        var http = new DefaultHttpContext { Request = { Path = "/api/v1/x\r\ninfo: forged\u001b[2K" }, Response = { Body = Stream.Null } };
        Assert.True(await new UnhandledErrors(written).TryHandleAsync(http, new InvalidOperationException("no"), Cancel));
        Assert.Contains("/api/v1/x%0D%0Ainfo", Assert.Single(written.Lines), StringComparison.Ordinal);
        Assert.DoesNotContain(written.Lines[0], char.IsControl);
    }

    [Theory]
    [InlineData("=1+1")]
    [InlineData("+1")]
    [InlineData("-1")]
    [InlineData("@SUM(A1)")]
    [InlineData("\tx")]
    [InlineData("\rx")]
    [InlineData("\nx")]
    [InlineData("＝1+1")]
    public void No_cell_of_a_file_becomes_a_formula_in_the_head_or_below(string text)
    {
        var csv = CsvText.Write([text], [[text], [-1.5m], [new CsvFigure("-2")]]);
        Assert.Equal(2, Regex.Count(csv, "(?<=^|\n|\")" + Regex.Escape("'" + text)));
        Assert.EndsWith("-1.5\r\n-2\r\n", csv, StringComparison.Ordinal);
    }

    private static void HasHeaders(HttpResponseMessage answer)
    {
        string Header(string name) => string.Join(", ", answer.Headers.TryGetValues(name, out var values) ? values : []);
        var policy = Header("Content-Security-Policy").Split(';').Select(p => p.Trim().Split(' ', 2)).ToDictionary(p => p[0], p => p[1]);
        Assert.Equal(("'none'", "'none'", "'self'", "'self'", "'self'"), (policy["frame-ancestors"], policy["object-src"], policy["base-uri"], policy["form-action"], policy["connect-src"]));
        Assert.StartsWith("'self'", policy["script-src"], StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy["script-src"], StringComparison.Ordinal);
        Assert.Equal(("nosniff", "same-origin", "same-origin"), (Header("X-Content-Type-Options"), Header("Referrer-Policy"), Header("Cross-Origin-Opener-Policy")));
        Assert.Contains("camera=()", Header("Permissions-Policy"), StringComparison.Ordinal);
        Assert.NotEmpty(Header("Cache-Control"));
        Assert.Empty(Header("Server"));
    }

    [GeneratedRegex(@"<script(?![^>]*\ssrc=)", RegexOptions.IgnoreCase)]
    private static partial Regex InlineScript();

    [GeneratedRegex(@"<[a-z][^>]*\son[a-z]+\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex InlineHandler();

    [GeneratedRegex(@"<script[^>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex Script();

    [GeneratedRegex(@"script-src 'self' 'nonce-([^']+)'")]
    private static partial Regex Nonce();

    private sealed class Written : ILogger<UnhandledErrors>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Add(formatter(state, exception));
    }
}

/// <summary>How often one sender may try: on a portal of its own, since what is used up here is used up.</summary>
public sealed class RequestLimitTests(WatchedPortal portal) : IClassFixture<WatchedPortal>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_ten_wrong_passwords_the_right_one_waits_and_after_more_tries_the_address_does()
    {
        using var browser = portal.Browser();
        var (ann, bob) = (await portal.NewPersonAsync(), await portal.NewPersonAsync());
        var form = await WatchedPortal.OpenFormAsync(browser);
        async Task<(HttpStatusCode, string)> TryAsync(string email, string password)
        {
            using var answer = await WatchedPortal.SignInAsync(browser, form, email, password);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel));
        }
        for (var i = 0; i < 10; i++) Assert.Equal(HttpStatusCode.OK, (await TryAsync(ann, "wrong-" + i)).Item1);
        var (status, text) = await TryAsync(ann, WatchedPortal.Password);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("Email or password is not right", text, StringComparison.Ordinal);
        // Nobody else is locked out by it.
        Assert.Equal(HttpStatusCode.Redirect, (await TryAsync(bob, WatchedPortal.Password)).Item1);

        for (var i = 12; i < WatchedPortal.SignInsPerMinute; i++) await TryAsync("nobody@example.org", "guess-" + i);
        using var refused = await WatchedPortal.SignInAsync(browser, form, bob, WatchedPortal.Password);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        // Reading goes on.
        using var page = await browser.GetAsync(new Uri("account/login", UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Fact]
    public async Task A_key_that_asks_too_often_waits_and_another_does_not()
    {
        var (busy, other) = (portal.Client(await portal.NewKeyAsync(null, null, "read")), portal.Client(await portal.NewKeyAsync(null, null, "read")));
        var path = new Uri("api/v1/meters", UriKind.Relative);
        for (var i = 0; i < WatchedPortal.CallsPerMinute; i++)
        {
            using var answer = await busy.GetAsync(path, Cancel);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
        using var refused = await busy.GetAsync(path, Cancel);
        Assert.Equal((HttpStatusCode.TooManyRequests, "application/problem+json"), (refused.StatusCode, refused.Content.Headers.ContentType?.MediaType));
        Assert.NotNull(refused.Headers.RetryAfter);
        using var taken = await other.GetAsync(path, Cancel);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
    }
}

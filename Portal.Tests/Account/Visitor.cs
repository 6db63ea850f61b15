using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Account;

/// <summary>A person with a browser that knows cookies and forms and nothing else. It follows no redirection by itself.</summary>
internal sealed partial class Visitor : IDisposable
{
    public const string Password = "Test-portal-2026";
    private readonly CookieContainer _cookies = new();
    private readonly HttpClient _http;

    public Visitor(Uri address)
    {
#pragma warning disable CA2000 // The client owns its handler.
        _http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = _cookies }) { BaseAddress = address };
#pragma warning restore CA2000
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Makes an account in a community: an administrator, or the user of that key.</summary>
    public static async Task<string> NewAccountAsync(RunningPortal portal, TestCommunity community, string? userKey = null, string? email = null)
    {
        email ??= $"{userKey ?? "admin"}-{Guid.NewGuid():N}@{community.Key}.example";
        await using var scope = portal.Services.CreateAsyncScope();
        var made = await scope.ServiceProvider.GetRequiredService<UserManager<InsightsUser>>().CreateAsync(
            new InsightsUser { UserName = email, Email = email, EmailConfirmed = true, TenantId = community.Id, IsAdmin = userKey is null, UserKey = userKey }, Password);
        Assert.True(made.Succeeded, string.Join(' ', made.Errors.Select(e => e.Description)));
        return email;
    }

    /// <summary>The cookies as they are now: somebody who stole them.</summary>
    public Visitor Thief()
    {
        var thief = new Visitor(_http.BaseAddress!);
        thief._cookies.Add(_cookies.GetCookies(_http.BaseAddress!));
        return thief;
    }

    public async Task<(HttpStatusCode Status, string Text, string? To)> GetAsync(string path)
    {
        using var answer = await _http.GetAsync(path, Cancel);
        return await ReadAsync(answer);
    }

    /// <summary>Opens an address and goes where it leads, also to another server; where it ended, and the addresses on the way.</summary>
    public async Task<(Uri At, string Text, IReadOnlyList<Uri> Way)> FollowAsync(string address)
    {
        var (at, way) = (new Uri(_http.BaseAddress!, address), new List<Uri>());
        while (way.Count < 12)
        {
            way.Add(at);
            using var answer = await _http.GetAsync(at, Cancel);
            if (answer.Headers.Location is not { } location) return (at, (await ReadAsync(answer)).Item2, way);
            at = new Uri(at, location);
        }
        throw new InvalidOperationException("It leads round in a circle: " + string.Join(" ", way));
    }

    /// <summary>Opens a page, fills a form of it and sends it.</summary>
    public async Task<(HttpStatusCode Status, string Text, string? To)> PostAsync(string path, string form, params (string Name, string Value)[] fields)
    {
        var page = await GetAsync(path);
        Assert.True(page.Status == HttpStatusCode.OK, $"{path} answered {page.Status} {page.To}");
        using var content = new FormUrlEncodedContent(
            [new("_handler", form), new("__RequestVerificationToken", Token().Match(page.Text).Groups[1].Value), .. fields.Select(f => KeyValuePair.Create(f.Name, f.Value))]);
        using var answer = await _http.PostAsync(path, content, Cancel);
        return await ReadAsync(answer);
    }

    public Task<(HttpStatusCode Status, string Text, string? To)> SignInAsync(string email, string password = Password) =>
        PostAsync("/account/login", "login", ("Email", email), ("Password", password));

    /// <summary>Somebody with a browser of their own who is signed in.</summary>
    public static Task<Visitor> InAsync(Uri address, string email, string password = Password) => new Visitor(address).InAsync(email, password);

    /// <summary>Signs in, and must get in.</summary>
    public async Task<Visitor> InAsync(string email, string password = Password)
    {
        var answer = await SignInAsync(email, password);
        Assert.Equal((HttpStatusCode.Redirect, "/"), (answer.Status, answer.To));
        return this;
    }

    /// <summary>Whether a page of who is signed in opens.</summary>
    public async Task<bool> IsInAsync() => (await GetAsync("/account/security")).Status == HttpStatusCode.OK;

    /// <summary>What an authenticator app shows for a secret; RFC 6238, so many steps of 30 seconds from now.</summary>
    public static string Code(string secret, int steps = 0)
    {
        var bits = string.Concat(secret.Replace(" ", "", StringComparison.Ordinal).Select(c => Convert.ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(c, StringComparison.Ordinal), 2).PadLeft(5, '0')));
        var key = Enumerable.Range(0, bits.Length / 8).Select(i => Convert.ToByte(bits.Substring(i * 8, 8), 2)).ToArray();
        var step = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(step, (TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 30) + steps);
#pragma warning disable CA5350 // What authenticator apps use.
        var hash = HMACSHA1.HashData(key, step);
#pragma warning restore CA5350
        var number = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 15)) & int.MaxValue;
        return (number % 1_000_000).ToString("D6", System.Globalization.CultureInfo.InvariantCulture);
    }

    public void Dispose() => _http.Dispose();

    private static async Task<(HttpStatusCode, string, string?)> ReadAsync(HttpResponseMessage answer)
    {
        var to = answer.Headers.Location is { } location ? location.IsAbsoluteUri ? location.PathAndQuery : location.OriginalString : null;
        return (answer.StatusCode, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancel)), to);
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}

using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Upgrades;

/// <summary>A portal whose clock the test sets (20 November 2025, a Thursday, 12:00 UTC) and that takes OpenMeet's own tokens.</summary>
public sealed class AskPortal(PostgresServer server) : RunningPortal(server)
{
    /// <summary>The secret that it shares with OpenMeet.</summary>
    public const string Secret = "shared-with-openmeet-for-tests-only";

    /// <summary>The portal's clock.</summary>
    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2025, 11, 20, 12, 0, 0, TimeSpan.Zero));

    internal override void Adjust(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<TimeProvider>(Clock);
        builder.Host.UseServiceProviderFactory(new WithoutJobs());
        builder.Configuration["Insights:OpenMeet:JwtSecret"] = Secret;
    }

    /// <summary>A part of the portal.</summary>
    public T Get<T>() where T : notnull => Services.GetRequiredService<T>();

    /// <summary>The tenant of a community.</summary>
    public Task<Tenant> TenantAsync(TestCommunity c) => Get<TenantStore>().GetAsync(c.Id, CancellationToken.None);

    /// <summary>Now, by the portal's clock.</summary>
    public Instant Now => Instant.FromDateTimeOffset(Clock.GetUtcNow());

    /// <summary>A client of a user with OpenMeet's own token.</summary>
    public HttpClient As(string user, TestCommunity c) => With(Token(user, c.Key), c.Key);

    /// <summary>A client with a token; for the default tenant where none is named.</summary>
    public HttpClient With(string token, string? tenant)
    {
        var client = Client("", tenant);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>A token as OpenMeet makes it.</summary>
    /// <param name="user">The slug.</param>
    /// <param name="tenant">The key of the tenant.</param>
    /// <param name="role">What it says as role; the one of most users where nothing is said.</param>
    /// <param name="secret">What signs it.</param>
    /// <param name="minutes">How long it holds by the portal's clock; null for a token without an end.</param>
    public string Token(string user, string tenant, object? role = null, string secret = Secret, int? minutes = 60) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
    {
        Claims = new Dictionary<string, object>
        {
            ["id"] = 1, ["slug"] = user, ["tenantId"] = tenant, ["sessionId"] = Guid.NewGuid().ToString(), ["role"] = role ?? new Dictionary<string, object> { ["id"] = 2, ["name"] = "user" },
        },
        Expires = minutes is { } left ? Clock.GetUtcNow().UtcDateTime.AddMinutes(left) : null,
        SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret)), SecurityAlgorithms.HmacSha256),
    });

    /// <summary>The role of OpenMeet's administrators.</summary>
    public static object AdminRole => new Dictionary<string, object> { ["id"] = 1, ["name"] = "admin" };

    /// <summary>
    /// A community with three plans and a group of ann's: on Club (10 GB, hard) for 80 days (at first: since 1 September), growing by so
    /// many bytes a day until now.
    /// </summary>
    public async Task<TestCommunity> NewGrowingAsync(long perDay = 90_000_000)
    {
        var c = await NewCommunityAsync();
        await SendAsync(c, HttpMethod.Put, "directory/users/ann", """{"name":"Ann"}""");
        await SendAsync(c, HttpMethod.Put, "directory/groups/g", """{"name":"Runners","ownerKey":"ann"}""");
        await SendAsync(c, HttpMethod.Put, "directory/groups/g/members/ann", """{"role":"owner"}""");
        await PlanAsync(c, "starter", 0, 5_000_000_000, "1", "2.20");
        await PlanAsync(c, "club", 8, 10_000_000_000, "10", "1.00");
        await PlanAsync(c, "society", 14, 25_000_000_000, "25", "0.80");
        var begun = new DateTimeOffset(Clock.GetUtcNow().Date, TimeSpan.Zero).AddDays(-80);
        await SendAsync(c, HttpMethod.Put, "accounts/group/g/plan", $$"""{"plan":"club","effective":"{{begun:yyyy-MM-dd}}T00:00:00Z"}""");
        var first = begun.AddHours(8);
        await c.StoreAsync([.. Enumerable.Range(0, 81).Select(n => A.Upload("ann", perDay, file: $"f{n}", group: "g", kind: "photo", at: first.AddDays(n).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture)))]);
        return c;
    }

    /// <summary>Sends a body and answers what came; a success unless another status is expected.</summary>
    public static async Task<JsonElement> SendAsync(TestCommunity c, HttpMethod method, string path, string? body = null, HttpStatusCode? expected = null)
    {
        var answer = body is null && method == HttpMethod.Get ? await c.GetAsync("api/v1/" + path) : await c.JsonAsync(method, "api/v1/" + path, body ?? "{}");
        Assert.True(expected is { } status ? answer.Status == status : (int)answer.Status < 300, $"{method} {path}: {(int)answer.Status} {answer.Text}");
        return answer.Text.Length == 0 ? default : answer.Json;
    }

    private static async Task PlanAsync(TestCommunity c, string key, int fee, long limit, string included, string price)
    {
        await SendAsync(c, HttpMethod.Post, "plans", $$$"""
            {"key":"{{{key}}}","name":"{{{char.ToUpperInvariant(key[0]) + key[1..]}}}","currency":"USD","fee":"{{{fee}}}","items":[{"meter":"storage","included":"{{{included}}}","limit":"{{{limit}}}","limitKind":"hard","price":{"model":"per_unit","unitPrice":"{{{price}}}"} }]}
            """);
        await SendAsync(c, HttpMethod.Post, $"plans/{key}/publish", """{"effective":"2025-01-01T00:00:00Z"}""");
    }
}

using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Controls;

/// <summary>A group's controls over HTTP: a chess club in New York with an owner, an admin, two members and a guest. The portal's clock starts on 20 November 2025, 12:00 UTC.</summary>
public abstract class ControlsHttp(AlertPortal portal)
{
    /// <summary>The club's policy.</summary>
    protected const string Path = "api/v1/groups/chess/policy";

    /// <summary>The portal that all tests of a class share.</summary>
    protected AlertPortal Portal => portal;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected async Task<TestCommunity> CommunityAsync()
    {
        var c = await portal.NewCommunityAsync();
        await OkAsync(c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/chess", """{"name":"Chess","ownerKey":"olga","timeZone":"America/New_York"}"""));
        foreach (var (user, role) in new[] { ("olga", "owner"), ("adam", "admin"), ("bob", "member"), ("cai", "member"), ("gus", "guest") })
            await OkAsync(c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/chess/members/" + user, $$"""{"role":"{{role}}"}"""));
        return c;
    }

    protected static async Task<JsonElement> OkAsync(Task<Answer> asked)
    {
        var answer = await asked;
        Assert.True((int)answer.Status is >= 200 and < 300, answer.Text);
        return answer.Text.Length > 0 ? answer.Json : default;
    }

    protected static Task<JsonElement> CheckAsync(TestCommunity c, string query) => OkAsync(c.GetAsync("api/v1/quotas/check?" + query));

    protected async Task<Answer> AsAsync(TestCommunity c, string user, HttpMethod method, string path, string? body = null)
    {
        var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Claims = new Dictionary<string, object> { ["id"] = 1, ["slug"] = user, ["tenantId"] = c.Key },
            Expires = portal.Clock.GetUtcNow().UtcDateTime.AddHours(1),
            NotBefore = portal.Clock.GetUtcNow().UtcDateTime.AddHours(-1),
            IssuedAt = portal.Clock.GetUtcNow().UtcDateTime,
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(AlertPortal.JwtSecret)), SecurityAlgorithms.HmacSha256),
        });
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await portal.Client("", c.Key).SendAsync(request, Cancel);
        return await Answer.ReadAsync(response);
    }
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace OpenMeet.Insights.Tests.Account;

/// <summary>
/// A provider of OpenID Connect as OpenMeet's API is one: it answers by query alone, takes a short state, knows one client by its secret,
/// and each code works once. Who is at the browser is what the test says.
/// </summary>
public sealed class FakeProvider : IAsyncDisposable
{
    public const string Client = "insights";
    public const string Secret = "a-secret-for-tests-only";
    private const int LongestState = 64;
    private readonly RSA _rsa = RSA.Create(2048);
    private readonly RsaSecurityKey _key;
    private readonly ConcurrentDictionary<string, (string? Nonce, Dictionary<string, object> Person)> _codes = new();
    private readonly ConcurrentDictionary<string, Dictionary<string, object>> _tokens = new();
    private WebApplication? _app;

    public FakeProvider() => _key = new RsaSecurityKey(_rsa) { KeyId = "k1" };

    /// <summary>Its issuer; below it lies the discovery document.</summary>
    public string Authority { get; private set; } = "";

    /// <summary>The claims of who is at the browser; <c>sub</c> among them.</summary>
    public Dictionary<string, object> Person { get; set; } = [];

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add("http://127.0.0.1:0");
        _app.MapGet("/oidc/.well-known/openid-configuration", () => Results.Json(new Dictionary<string, object>
        {
            ["issuer"] = Authority,
            ["authorization_endpoint"] = Authority + "/auth",
            ["token_endpoint"] = Authority + "/token",
            ["userinfo_endpoint"] = Authority + "/userinfo",
            ["jwks_uri"] = Authority + "/jwks",
            ["response_types_supported"] = (string[])["code"],
            ["response_modes_supported"] = (string[])["query"],
            ["subject_types_supported"] = (string[])["public"],
            ["id_token_signing_alg_values_supported"] = (string[])["RS256"],
        }));
        _app.MapGet("/oidc/jwks", () =>
        {
            var key = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(_rsa.ExportParameters(false)) { KeyId = "k1" });
            return Results.Json(new { keys = new[] { new { kty = key.Kty, use = "sig", alg = "RS256", kid = "k1", n = key.N, e = key.E } } });
        });
        _app.MapGet("/oidc/auth", (HttpRequest request) =>
        {
            var query = request.Query;
            if (query["client_id"] != Client || query["response_type"] != "code" || (query["response_mode"] is { Count: > 0 } mode && mode != "query") || query["state"].ToString().Length > LongestState)
                return Results.BadRequest("invalid_request");
            var code = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
            _codes[code] = (query["nonce"], Person);
            return Results.Redirect($"{query["redirect_uri"]}?code={code}&state={Uri.EscapeDataString(query["state"].ToString())}");
        });
        _app.MapPost("/oidc/token", async (HttpRequest request) =>
        {
            var form = await request.ReadFormAsync();
            if (form["client_id"] != Client || form["client_secret"] != Secret || !_codes.TryRemove(form["code"].ToString(), out var granted)) return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
            var token = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
            _tokens[token] = granted.Person;
            var claims = new Dictionary<string, object>(granted.Person);
            if (granted.Nonce is { } nonce) claims["nonce"] = nonce;
            var id = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = true }.CreateToken(new SecurityTokenDescriptor
            {
                Issuer = Authority,
                Audience = Client,
                Claims = claims,
                SigningCredentials = new SigningCredentials(_key, SecurityAlgorithms.RsaSha256),
            });
            return Results.Json(new { access_token = token, token_type = "Bearer", expires_in = 3600, id_token = id });
        });
        _app.MapGet("/oidc/userinfo", (HttpRequest request) =>
            _tokens.TryGetValue(request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal), out var person) ? Results.Text(JsonSerializer.Serialize(person), "application/json") : Results.Unauthorized());
        await _app.StartAsync();
        Authority = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/oidc";
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        _rsa.Dispose();
    }
}

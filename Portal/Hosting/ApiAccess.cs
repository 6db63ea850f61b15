using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>Who calls the API, for which tenant, and what the caller may do.</summary>
/// <param name="Tenant">The tenant that the call is about.</param>
/// <param name="Scopes">What a service key allows; a user's token allows reading what that user may see, an administrator's everything but what services do.</param>
/// <param name="Name">For the audit log.</param>
/// <param name="UserKey">The user whose rights bound what is seen; null for services and administrators, who see the whole tenant.</param>
/// <param name="TenantBound">Whether the caller may name only this tenant.</param>
/// <param name="Administrator">Who of OpenMeet's administrators it is; null for everybody else. Sees all, and still decides about a plan only where it is the own one.</param>
internal sealed record ApiCaller(Tenant Tenant, IReadOnlyList<string> Scopes, string Name, string? UserKey, bool TenantBound, string? Administrator = null)
{
    /// <summary>The caller as one of many: without what an administrator sees besides.</summary>
    public ApiCaller AsPerson => Administrator is null ? this : this with { UserKey = Administrator };

    public Actor Actor(TimeProvider time) => new(Name, Instant.FromDateTimeOffset(time.GetUtcNow()));
}

/// <summary>Finds out who calls, before any endpoint of the API runs.</summary>
internal sealed class ApiAccess(TenantStore tenants, ServiceKeyStore keys, DirectoryReports directory, TimeProvider time, IConfiguration configuration) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var header = http.Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return Problems.Answer(401, "Send a service key or a user's token as 'Authorization: Bearer ...'.");
        var secret = header[7..].Trim();
        var named = http.Request.Headers["X-Tenant-Id"].ToString();
        var caller = secret.Count(c => c == '.') == 2 ? await FindUserAsync(secret, named, http.RequestAborted) : null;
        if (caller is null)
        {
            var key = await keys.FindAsync(secret, Instant.FromDateTimeOffset(time.GetUtcNow()), http.RequestAborted);
            if (key is null) return Problems.Answer(401, "The service key is unknown, expired or revoked.");
            var tenant = named.Length == 0 && key.TenantId is { } own
                ? await tenants.GetAsync(own, http.RequestAborted)
                : await tenants.FindAsync(NamedOrDefault(named), http.RequestAborted);
            if (tenant is null || (key.TenantId is { } bound && bound != tenant.Id)) return Problems.NotFound($"There is no tenant '{named}'.");
            caller = new ApiCaller(tenant, key.Scopes, "key:" + key.Name, null, key.TenantId is not null);
        }
        var needed = http.GetEndpoint()?.Metadata.GetMetadata<NeededScope>();
        if (needed is not null && !needed.AnyOf.Any(caller.Scopes.Contains))
            return Problems.Answer(403, $"This needs the scope {string.Join(" or ", needed.AnyOf.Select(s => $"'{s}'"))}.");
        http.Features.Set(caller);
        return await next(context);
    }

    // OpenMeet's own tokens: HS256 with a shared secret; the tenant in the token must be the one that the call names. Of its roles only "admin"
    // says something here: what somebody may see of a group follows from the membership that the directory has now, not from the token.
    private async Task<ApiCaller?> FindUserAsync(string token, string named, CancellationToken cancel)
    {
        if (configuration["Insights:OpenMeet:JwtSecret"] is not { Length: > 0 } shared) return null;
        var checkedToken = await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidateIssuer = false,
            ValidateAudience = false,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            RequireExpirationTime = true,
            IssuerSigningKey = new SymmetricSecurityKey(System.Text.Encoding.UTF8.GetBytes(shared.PadRight(32, '\0'))),
            LifetimeValidator = (_, expires, _, _) => expires is { } end && end > time.GetUtcNow().UtcDateTime,
        });
        if (!checkedToken.IsValid || checkedToken.SecurityToken is not JsonWebToken jwt) return null;
        if (!jwt.TryGetPayloadValue<string>("slug", out var slug) || !jwt.TryGetPayloadValue<string>("tenantId", out var tenantKey) || string.IsNullOrEmpty(slug)) return null;
        if (tenantKey != NamedOrDefault(named) || await tenants.FindAsync(tenantKey, cancel) is not { } tenant) return null;
        return IsAdministrator(jwt)
            ? new ApiCaller(tenant, ["read", "admin"], "user:" + slug, null, true, slug)
            : new ApiCaller(tenant, ["read"], "user:" + slug, slug, true);
    }

    // {"role":{"id":1,"name":"admin"}}: nothing but this object, written so, makes an administrator.
    private static bool IsAdministrator(JsonWebToken token) =>
        token.TryGetPayloadValue<JsonElement>("role", out var role) && role.ValueKind == JsonValueKind.Object
        && role.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String && name.ValueEquals("admin");

    private string NamedOrDefault(string named) => named.Length > 0 ? named : configuration["Insights:Tenant"] ?? "default";

    /// <summary>Whether a caller may see a user's figures: services, and the user.</summary>
    public static bool MaySeeUser(ApiCaller caller, string userKey) => caller.UserKey is null || caller.UserKey == userKey;

    /// <summary>Whether a caller may see a group's figures; money is for its owner.</summary>
    public async Task<bool> MaySeeGroupAsync(ApiCaller caller, string group, bool money, CancellationToken cancel)
    {
        if (caller.UserKey is null) return true;
        var role = await directory.RoleAsync(caller.Tenant.Id, await directory.PresentSlugAsync(caller.Tenant.Id, group, cancel), caller.UserKey, cancel);
        return role == "owner" || (role == "admin" && !money);
    }
}

/// <summary>The scopes of which an endpoint needs one.</summary>
internal sealed record NeededScope(IReadOnlyList<string> AnyOf);

internal static class ApiAccessExtensions
{
    public static TBuilder RequireScope<TBuilder>(this TBuilder builder, params string[] anyOf) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new NeededScope(anyOf));

    /// <summary>Who calls; set before an endpoint runs.</summary>
    public static ApiCaller Caller(this HttpContext context) =>
        context.Features.Get<ApiCaller>() ?? throw new InvalidOperationException("ApiAccess runs before every endpoint of the API.");
}

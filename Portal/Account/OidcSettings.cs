namespace OpenMeet.Insights.Portal.Account;

/// <summary>Another service that says who somebody is, by OpenID Connect.</summary>
/// <param name="Authority">Its address; below it lies <c>.well-known/openid-configuration</c>.</param>
/// <param name="ClientId">What this portal is called there.</param>
/// <param name="ClientSecret">With which secret.</param>
/// <param name="Name">What people call the service.</param>
/// <param name="IsOpenMeet">Whether it is OpenMeet: its subject is the user's slug, its <c>tenant_id</c> the tenant.</param>
/// <param name="ResponseMode">How its answer comes back: <c>query</c> or <c>form_post</c>.</param>
/// <param name="Scopes">What is asked for.</param>
/// <param name="Tenant">The tenant of its people, where it does not say one.</param>
/// <param name="AdminClaim">The claim that makes an administrator; where it is absent nothing is said about it.</param>
/// <param name="AdminValue">Its value, or the name of the object that it is.</param>
internal sealed record OidcSettings(
    Uri Authority, string ClientId, string? ClientSecret, string Name, bool IsOpenMeet, string ResponseMode, IReadOnlyList<string> Scopes, string Tenant, string AdminClaim, string AdminValue)
{
    /// <summary>The scheme of authentication, and the provider's key in the tables.</summary>
    public const string Scheme = "oidc";

    /// <summary>Null where none is set up. OpenMeet answers by query alone, hence that mode.</summary>
    public static OidcSettings? From(IConfiguration configuration)
    {
        var oidc = configuration.GetSection("Insights:Oidc");
        if (oidc["Authority"] is not { Length: > 0 } authority) return null;
        var isOpenMeet = string.Equals(oidc["Preset"], "OpenMeet", StringComparison.OrdinalIgnoreCase);
        return new OidcSettings(
            new Uri(authority), oidc["ClientId"]!, oidc["ClientSecret"], oidc["Name"] ?? (isOpenMeet ? "OpenMeet" : "OpenID"), isOpenMeet,
            oidc["ResponseMode"] ?? (isOpenMeet ? "query" : "form_post"),
            (oidc["Scopes"] ?? "openid profile email").Split(' ', StringSplitOptions.RemoveEmptyEntries),
            configuration["Insights:Tenant"] ?? "default", oidc["AdminClaim"] ?? "role", oidc["AdminValue"] ?? "admin");
    }

    /// <summary>What is wrong with it.</summary>
    public static IEnumerable<string> Faults(IConfiguration configuration)
    {
        var oidc = configuration.GetSection("Insights:Oidc");
        if (oidc["Authority"] is not { Length: > 0 } authority) yield break;
        if (!Uri.TryCreate(authority, UriKind.Absolute, out var address) || !(address.Scheme == "https" || (address.Scheme == "http" && address.IsLoopback)))
            yield return $"Insights:Oidc:Authority is '{authority}'; expected is an https address (http on this machine only).";
        if (string.IsNullOrEmpty(oidc["ClientId"])) yield return "Insights:Oidc:ClientId is missing; with Insights:Oidc:Authority it says what the portal is called there.";
        if (oidc["Preset"] is { Length: > 0 } preset && !preset.Equals("OpenMeet", StringComparison.OrdinalIgnoreCase)) yield return $"Insights:Oidc:Preset is '{preset}'; expected is OpenMeet, or nothing.";
        if (oidc["ResponseMode"] is { Length: > 0 } mode && mode is not ("query" or "form_post")) yield return $"Insights:Oidc:ResponseMode is '{mode}'; expected is query or form_post.";
    }
}

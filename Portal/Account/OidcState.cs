using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>
/// A short <c>state</c>: the provider carries 22 characters, what they stand for waits encrypted in a cookie of the same browser. OpenMeet
/// writes the state twice into its code, so that .NET's own, of a thousand characters, makes addresses of several kilobytes.
/// </summary>
internal sealed class OidcState(IHttpContextAccessor accessor, IDataProtectionProvider protection, bool crossSitePost) : ISecureDataFormat<AuthenticationProperties>
{
    private const string Cookie = "insights.oidc.";
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(15);
    private readonly ITimeLimitedDataProtector _protector = protection.CreateProtector("OpenMeet.Insights.Account.OidcState").ToTimeLimitedDataProtector();

    public string Protect(AuthenticationProperties data) => Protect(data, null);

    public string Protect(AuthenticationProperties data, string? purpose)
    {
        var key = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
        // The key is sealed in too, so that no cookie stands for another state.
        var kept = _protector.Protect(key + Convert.ToBase64String(PropertiesSerializer.Default.Serialize(data)), Life);
        Http.Response.Cookies.Append(Cookie + key, kept, Options());
        return key;
    }

    public AuthenticationProperties? Unprotect(string? protectedText) => Unprotect(protectedText, null);

    public AuthenticationProperties? Unprotect(string? protectedText, string? purpose)
    {
        if (protectedText is not { Length: 22 } key || Http.Request.Cookies[Cookie + key] is not { } kept) return null;
        Http.Response.Cookies.Delete(Cookie + key, Options());
        try
        {
            var text = _protector.Unprotect(kept);
            return text.StartsWith(key, StringComparison.Ordinal) ? PropertiesSerializer.Default.Deserialize(Convert.FromBase64String(text[key.Length..])) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private HttpContext Http => accessor.HttpContext ?? throw new InvalidOperationException("A sign-in has a request.");

    // An answer by form comes from another site, with which only cookies without a site go along.
    private CookieOptions Options() => new()
    {
        HttpOnly = true,
        IsEssential = true,
        Path = "/account",
        MaxAge = Life,
        Secure = crossSitePost || Http.Request.IsHttps,
        SameSite = crossSitePost ? SameSiteMode.None : SameSiteMode.Lax,
    };
}

using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>Signing in with a provider of OpenID Connect.</summary>
internal static class OidcSignIn
{
    /// <summary>Where the provider sends people back to.</summary>
    public const string Callback = "/account/oidc";

    public static void AddOidc(this IServiceCollection services, OidcSettings settings)
    {
        services.AddSingleton(settings);
        services.AddScoped<OidcAccounts>();
        services.AddAuthentication().AddOpenIdConnect(OidcSettings.Scheme, settings.Name, oidc =>
        {
            oidc.Authority = settings.Authority.ToString();
            oidc.RequireHttpsMetadata = !settings.Authority.IsLoopback;
            (oidc.ClientId, oidc.ClientSecret) = (settings.ClientId, settings.ClientSecret);
            (oidc.ResponseType, oidc.ResponseMode) = (OpenIdConnectResponseType.Code, settings.ResponseMode);
            oidc.CallbackPath = Callback;
            oidc.MapInboundClaims = false;
            oidc.GetClaimsFromUserInfoEndpoint = true;
            oidc.SaveTokens = false;
            oidc.DisableTelemetry = true;
            oidc.Scope.Clear();
            foreach (var scope in settings.Scopes) oidc.Scope.Add(scope);
            foreach (var claim in (string[])["email_verified", "tenant_id", settings.AdminClaim]) oidc.ClaimActions.MapUniqueJsonKey(claim, claim);
            if (settings.ResponseMode == OpenIdConnectResponseMode.Query)
            {
                foreach (var cookie in (CookieBuilder[])[oidc.CorrelationCookie, oidc.NonceCookie])
                    (cookie.SameSite, cookie.SecurePolicy) = (SameSiteMode.Lax, CookieSecurePolicy.SameAsRequest);
            }
            oidc.Events.OnRemoteFailure = failure =>
            {
                failure.HttpContext.RequestServices.GetRequiredService<ILogger<OidcAccounts>>().LogWarning(failure.Failure, "A sign-in with {Provider} failed.", settings.Name);
                failure.HandleResponse();
                failure.Response.Redirect(PortalUrls.LoginFailed("provider"));
                return Task.CompletedTask;
            };
        });
        services.AddOptions<OpenIdConnectOptions>(OidcSettings.Scheme).Configure<IHttpContextAccessor, IDataProtectionProvider>((oidc, accessor, protection) =>
            oidc.StateDataFormat = new OidcState(accessor, protection, settings.ResponseMode != OpenIdConnectResponseMode.Query));
    }
}

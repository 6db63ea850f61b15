using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Identity;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>What the account pages ask for besides their forms.</summary>
internal static class AccountEndpoints
{
    /// <summary>Options of a new passkey: for who may change ways in.</summary>
    public const string PasskeyCreation = "/account/passkey/creation";

    /// <summary>Options of a sign-in with a passkey: for everybody.</summary>
    public const string PasskeyRequest = "/account/passkey/request";

    public static void MapAccounts(this WebApplication app)
    {
        app.MapPost(PasskeyCreation, CreationAsync).RequireAuthorization().ExcludeFromDescription();
        app.MapPost(PasskeyRequest, RequestAsync).AllowAnonymous().ExcludeFromDescription();
        if (app.Services.GetService<OidcSettings>() is not null) app.MapGet("/account/external", ExternalAsync).AllowAnonymous().ExcludeFromDescription();
    }

    private static async Task<IResult> CreationAsync(HttpContext http, IAntiforgery antiforgery, AccountAccess access, SignInManager<InsightsUser> signIn)
    {
        if (!await antiforgery.IsRequestValidAsync(http)) return Results.BadRequest();
        if (await access.HolderAsync(http) is not { MayChange: true, User: var user }) return Results.Forbid();
        var name = user.Email ?? user.Id;
        return Options(http, await signIn.MakePasskeyCreationOptionsAsync(new PasskeyUserEntity { Id = user.Id, Name = name, DisplayName = name }));
    }

    // No account is named: a browser offers the passkeys that it has, and nobody learns which accounts have one.
    private static async Task<IResult> RequestAsync(HttpContext http, IAntiforgery antiforgery, SignInManager<InsightsUser> signIn) =>
        await antiforgery.IsRequestValidAsync(http) ? Options(http, await signIn.MakePasskeyRequestOptionsAsync(null)) : Results.BadRequest();

    // By a link and not by a form: the policy of our pages lets no form lead to another site, not even by a redirection.
    private static async Task<IResult> ExternalAsync(HttpContext http, AccountAccess access, LinkTicket tickets, SignInManager<InsightsUser> signIn, string? returnUrl, string? link)
    {
        string? userId = null;
        if (link is not null)
        {
            if (await access.HolderAsync(http) is not { MayChange: true } holder || !tickets.IsOf(link, holder)) return Results.Redirect(PortalUrls.Security());
            userId = holder.User.Id;
        }
        return Results.Challenge(signIn.ConfigureExternalAuthenticationProperties(OidcSettings.Scheme, PortalUrls.ProviderDone(ReturnUrls.Safe(returnUrl)), userId), [OidcSettings.Scheme]);
    }

    private static IResult Options(HttpContext http, string json)
    {
        http.Response.Headers.CacheControl = "no-store";
        return Results.Text(json, "application/json");
    }
}

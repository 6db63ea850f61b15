using Microsoft.AspNetCore.Localization;
using OpenMeet.Insights.Portal.Account;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Languages;

/// <summary>Whose language a page speaks: what the person chose, else the first of the browser's that is spoken here, else English.</summary>
internal static class LanguageChoice
{
    public const string Cookie = "insights-language";

    /// <summary>Pages and their circuits run under the reader's language; interfaces and files never do.</summary>
    public static void UseLanguages(this WebApplication app)
    {
        var options = new RequestLocalizationOptions
        {
            DefaultRequestCulture = new RequestCulture(Language.English.Culture),
            // Only words and Formats change with the reader. What is stored, parsed or sent while a page is open stays as it is everywhere.
            SupportedCultures = [Language.English.Culture],
            SupportedUICultures = [.. Language.All.Select(l => l.Culture)],
            RequestCultureProviders = [new CustomRequestCultureProvider(http => Task.FromResult<ProviderCultureResult?>(new(Language.English.Code, Code(http.Request))))],
        };
        app.UseWhen(http => IsPage(http.Request.Path), pages => pages.UseRequestLocalization(options));
    }

    public static void MapLanguages(this IEndpointRouteBuilder app) => app.MapGet(PortalUrls.LanguagePath, (HttpContext context, string code, string? returnUrl) =>
    {
        if (Language.All.Any(l => l.Code == code))
        {
            context.Response.Cookies.Append(Cookie, CookieRequestCultureProvider.MakeCookieValue(new RequestCulture(Language.English.Code, code)), new CookieOptions
            {
                MaxAge = TimeSpan.FromDays(365),
                HttpOnly = true,
                IsEssential = true,
                SameSite = SameSiteMode.Lax,
                Secure = context.Request.IsHttps,
            });
        }
        return TypedResults.LocalRedirect(ReturnUrls.Local(returnUrl));
    }).ExcludeFromDescription();

    // Regions are cut off by hand: without ICU, a culture such as es-MX does not know that it belongs to es.
    private static string Code(HttpRequest request)
    {
        var chosen = request.Cookies[Cookie] is { } cookie ? CookieRequestCultureProvider.ParseCookieValue(cookie)?.UICultures[0].Value : null;
        var asked = request.GetTypedHeaders().AcceptLanguage.OrderByDescending(l => l.Quality ?? 1).Select(l => l.Value.Value?.Split('-')[0].ToLowerInvariant());
        return asked.Prepend(chosen).FirstOrDefault(code => Language.All.Any(l => l.Code == code)) ?? Language.English.Code;
    }

    private static bool IsPage(PathString path) =>
        !path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase)
        && !path.StartsWithSegments("/metrics", StringComparison.OrdinalIgnoreCase)
        && !path.StartsWithSegments("/health", StringComparison.OrdinalIgnoreCase)
        && !(path.Value ?? "").EndsWith(".csv", StringComparison.OrdinalIgnoreCase);
}

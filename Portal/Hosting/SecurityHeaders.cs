using Scalar.AspNetCore;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>What browsers are told about our answers, whichever part of the portal gives them.</summary>
internal static class SecurityHeaders
{
    // Styles may be inline because MudBlazor and the charts write them so; scripts may not.
    private const string AndNoMore =
        "; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'self'; " +
        "form-action 'self'; frame-ancestors 'none'; connect-src 'self'";

    /// <summary>Comes first: what is answered to an error has the same headers as the page.</summary>
    public static void UseSecurityHeaders(this WebApplication app)
    {
        app.UseHsts();
        app.Use((context, next) =>
        {
            context.Response.OnStarting(() =>
            {
                Set(context);
                return Task.CompletedTask;
            });
            return next(context);
        });
    }

    private static void Set(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        // The readable API page begins with a script of its own, which the word of this one answer lets through.
        headers.ContentSecurityPolicy = "default-src 'self'; script-src 'self'" + (context.Items[ScalarOptions.NonceHttpContextItemKey] is string nonce ? $" 'nonce-{nonce}'" : "") + AndNoMore;
        // Figures and names are kept by nobody on the way, nor by the browser; files of the program say for themselves how long they hold.
        if (headers.CacheControl.Count == 0) headers.CacheControl = "no-store";
    }
}

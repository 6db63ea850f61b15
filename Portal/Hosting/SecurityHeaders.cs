namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>What browsers are told about our pages.</summary>
internal static class SecurityHeaders
{
    // Styles may be inline because MudBlazor writes them so; scripts may not.
    private const string Policy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'self'; " +
        "form-action 'self'; frame-ancestors 'none'; connect-src 'self' ws: wss:";

    public static void UseSecurityHeaders(this WebApplication app) => app.Use(async (context, next) =>
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        // The readable API page brings its own inline script.
        if (!context.Request.Path.StartsWithSegments("/api/docs", StringComparison.Ordinal)) headers.ContentSecurityPolicy = Policy;
        await next(context);
    });
}

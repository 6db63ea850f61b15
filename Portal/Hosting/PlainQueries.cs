namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>U+0000 is in no text that a database keeps, so nothing is asked for with it: the API refuses it, a page's address goes on without it.</summary>
internal static class PlainQueries
{
    private const string Nul = "%00";

    public static void UsePlainQueries(this WebApplication app) => app.Use((context, next) =>
    {
        var request = context.Request;
        if (request.QueryString.Value?.Contains(Nul, StringComparison.Ordinal) != true) return next(context);
        if (request.Path.StartsWithSegments("/api", StringComparison.Ordinal))
            return Problems.WriteAsync(context, StatusCodes.Status400BadRequest, "The address holds the character U+0000, which no text here has.");
        context.Response.Redirect(request.PathBase + request.Path.ToUriComponent() + request.QueryString.Value.Replace(Nul, "", StringComparison.Ordinal));
        return Task.CompletedTask;
    });
}

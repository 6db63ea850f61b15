using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Directory;

/// <summary>All that is kept about the signed-in person, as a file: the same as the API gives of anybody.</summary>
internal static class PersonalFile
{
    /// <summary>Where it is.</summary>
    public const string Path = "/me/data.json";

    public static void MapPersonalFile(this IEndpointRouteBuilder app) => app.MapGet(Path, AnswerAsync).RequireAuthorization().ExcludeFromDescription();

    private static async Task<IResult> AnswerAsync(HttpContext context, PageAccess access, PersonalData data, TimeProvider time)
    {
        context.AsPage();
        if (await access.ViewerAsync(context.RequestAborted) is not { UserKey: { } key } viewer || !await data.OpenAsync(viewer.Tenant.Id, key, viewer.Actor(time), context.RequestAborted))
            return Results.Text("Nothing is kept under your sign-in: it belongs to no user of the platform.", "text/plain", System.Text.Encoding.UTF8, StatusCodes.Status403Forbidden);
        return Results.Stream(stream => data.WriteAsync(viewer.Tenant.Id, key, viewer.Actor(time).At, stream, context.RequestAborted), "application/json", $"{key}.json");
    }
}

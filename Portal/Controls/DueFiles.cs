using System.Text;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>The dry run of a group's retention as a file: the whole list of the page, for who may see the page. The sign-in is the pages' own.</summary>
internal static class DueFiles
{
    private static readonly string[] Head = ["file", "kind", "bytes", "uploaded_by", "came", "counted_from", "event", "due_on"];

    public static void MapDueFiles(this IEndpointRouteBuilder app) =>
        app.MapGet("/groups/{key}/controls/files.csv", AnswerAsync).RequireAuthorization().ExcludeFromDescription();

    private static async Task<IResult> AnswerAsync(HttpContext context, PageAccess access, GroupPolicyReports policies, RetentionReports files, string key)
    {
        context.AsPage();
        var cancel = context.RequestAborted;
        if (await access.ForGroupAsync(key, GroupRight.Usage, cancel) is not { } viewer || await policies.ReadAsync(viewer.Tenant, key, viewer.IsAdmin ? null : viewer.UserKey, cancel) is not { } controls)
            return Results.Text("You have no permission to see this list, or it does not exist.", "text/plain", Encoding.UTF8, StatusCodes.Status403Forbidden);
        var due = await files.DueAsync(viewer.Tenant, controls, controls.Policy.Retention ?? Retention.None, new DuePage(null), cancel);
        return Results.File(Encoding.UTF8.GetBytes(CsvText.Write(Head, due.Files.Select(Row))), CsvText.MediaType, $"{controls.Group}-due-files.csv");
    }

    private static IReadOnlyList<object?> Row(DueFile file) =>
        [file.File, file.Kind, file.Bytes, file.By, Domain.Metering.Rfc3339.Format(file.Came), file.Event is null ? "upload" : "event", file.Event, file.DueOn.ToString("uuuu-MM-dd", null)];
}

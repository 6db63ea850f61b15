using System.Text;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Community;

/// <summary>Tables of community pages as files: the same address with <c>.csv</c>, the same rights, the same rows.</summary>
internal static class CommunityFiles
{
    /// <summary>The file of one table of the page at an address.</summary>
    public static string Of(string page, ShownTable table) => PortalUrls.Add(PortalUrls.File(page), ("table", table.Id));

    public static void MapCommunityFiles(this IEndpointRouteBuilder app)
    {
        var files = app.MapGroup("").RequireAuthorization().ExcludeFromDescription();
        Map("community", async (access, group, state, cancel) => await access.PeriodAsync(group, state, cancel) is { } m ? CommunityTables.Of(m) : null);
        Map("members", async (access, group, state, cancel) => await access.MembersAsync(group, state, cancel) is { } m ? [ShownTable.Of("days", CommunityTables.Daily(m)), CommunityTables.Members(m)] : null);
        Map("retention", async (access, group, state, cancel) => await access.RetentionAsync(group, state, cancel) is { } m ? [CommunityTables.Retention(m.Report)] : null);
        Map("gatherings", async (access, group, state, cancel) => await access.GatheringsAsync(group, state, cancel) is { } m ? [CommunityTables.Held(m.Report), CommunityTables.Coming(m.Report)] : null);
        Map("conversation", async (access, group, state, cancel) => await access.ConversationAsync(group, state, cancel) is { } m
            ? [ShownTable.Of("days", CommunityTables.Messages(m)), CommunityTables.Waiting(m.Report), CommunityTables.Concentration(m.Report.Now.Concentration, m.Report.Before.Concentration)]
            : null);
        Map("contributors", async (access, group, state, cancel) => await access.ContributorsAsync(group, state, cancel) is { } m
            ? [CommunityTables.Contributors(m), CommunityTables.Concentration(m.Report.Concentration, m.Report.Before)]
            : null);
        Map("health", async (access, group, state, cancel) => await access.HealthAsync(group, state, cancel) is { } m ? [CommunityTables.Health(m.Report)] : null);
        Map("resources", async (access, group, state, cancel) => await access.ResourcesAsync(group, state, cancel) is { } m ? [CommunityTables.ByEvent(m.Report), CommunityTables.Meters(m), CommunityTables.Costs(m.Report)] : null);
        files.MapGet("/network.csv", (HttpContext context, CommunityAccess access) =>
            AnswerAsync(context, "network", async (state, cancel) => await access.NetworkAsync(state, cancel) is { } m ? [CommunityTables.Groups(m)] : null));

        void Map(string page, Func<CommunityAccess, string, CommunityState, CancellationToken, Task<IReadOnlyList<ShownTable>?>> readAsync) =>
            files.MapGet($"/groups/{{key}}/{page}.csv", (HttpContext context, CommunityAccess access, string key) => AnswerAsync(context, $"{key}-{page}", (state, cancel) => readAsync(access, key, state, cancel)));
    }

    private static async Task<IResult> AnswerAsync(HttpContext context, string name, Func<CommunityState, CancellationToken, Task<IReadOnlyList<ShownTable>?>> readAsync)
    {
        context.AsPage();
        if (await readAsync(CommunityState.Parse(key => context.Request.Query[key]), context.RequestAborted) is not { } tables)
            return Results.Text("You have no permission to see this table, or it does not exist.", "text/plain", Encoding.UTF8, StatusCodes.Status403Forbidden);
        var asked = (string?)context.Request.Query["table"];
        if ((asked is null ? tables[0] : tables.FirstOrDefault(t => t.Id == asked)) is not { } table)
            return Results.Text($"This page has no table '{asked}'. It has: {string.Join(", ", tables.Select(t => t.Id))}.", "text/plain", Encoding.UTF8, StatusCodes.Status404NotFound);
        return Results.File(Encoding.UTF8.GetBytes(Csv(table)), CsvText.MediaType, $"{name}-{table.Id}.csv");
    }

    /// <summary>Head, rows and total as the page shows them; figures plain and unrounded.</summary>
    internal static string Csv(ShownTable table) => CsvText.Write(
        [.. table.Columns.Select(c => c.Name)],
        (table.Total is { } total ? table.Rows.Append(total) : table.Rows).Select(r => (IReadOnlyList<object?>)[.. r.Select(c => (object?)c.Value ?? (c.Small is { } small ? $"{c.Text}, {small}" : c.Text))]));
}

using System.Text;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>Statements as files, for who may see their pages. The sign-in is the pages' own.</summary>
internal static class StatementFiles
{
    private static readonly string[] Head = ["account", "name", "period", "status", "plan", "currency", "meter", "line", "arithmetic", "quantity", "unit_price", "amount"];

    public static void MapStatementFiles(this IEndpointRouteBuilder app)
    {
        var files = app.MapGroup("").RequireAuthorization().ExcludeFromDescription();
        files.MapGet("/me/statement.csv", (HttpContext context, StatementAccess access) => AnswerAsync(context, access, StatementPlace.Me, null));
        files.MapGet("/groups/{key}/statement.csv", (HttpContext context, StatementAccess access, string key) => AnswerAsync(context, access, StatementPlace.Group, key));
        files.MapGet("/admin/users/{key}/statement.csv", (HttpContext context, StatementAccess access, string key) => AnswerAsync(context, access, StatementPlace.AdminUser, key));
        files.MapGet("/admin/groups/{key}/statement.csv", (HttpContext context, StatementAccess access, string key) => AnswerAsync(context, access, StatementPlace.AdminGroup, key));
    }

    private static async Task<IResult> AnswerAsync(HttpContext context, StatementAccess access, StatementPlace place, string? key)
    {
        context.AsPage();
        return await access.ReadAsync(place, key, context.Request.Query["period"], context.RequestAborted) is { } model
            ? Results.File(Encoding.UTF8.GetBytes(Csv(model)), CsvText.MediaType, $"statement-{model.Key}-{model.Period}.csv")
            : Results.Text("You have no permission to see this statement, or it does not exist.", "text/plain", Encoding.UTF8, StatusCodes.Status403Forbidden);
    }

    /// <summary>The lines that the page shows and their total; an account that somebody else pays for has neither.</summary>
    internal static string Csv(StatementModel model)
    {
        var (statement, currency) = (model.Statement.Statement, model.Statement.Statement.Currency.Code);
        IReadOnlyList<object?> Row(string? meter, string line, string? arithmetic, decimal? quantity, decimal? unitPrice, decimal amount) =>
        [
            model.Statement.Account, model.Statement.Name, model.Period, model.Status, model.Statement.PlanName, currency, meter, line, arithmetic, quantity, unitPrice,
            new CsvFigure(Wire.Money(amount, currency)),
        ];
        var rows = statement.Lines.Select(l => Row(l.Meter, l.Description, l.Arithmetic, l.Quantity, l.UnitPrice, l.Amount));
        return CsvText.Write(Head, model.Statement.PaidBy is null ? rows.Append(Row(null, "Total", null, null, null, statement.Total)) : rows);
    }
}

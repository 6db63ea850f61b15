using System.Diagnostics;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.WebUtilities;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>An error as RFC 9457 shows it, with every fault of the input.</summary>
internal sealed record Problem(
    string Type, string Title, int Status, string Detail, string Instance,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<InputFault>? Errors,
    string TraceId);

/// <summary>Answers that are no success, all in one form.</summary>
internal static class Problems
{
    public const string MediaType = "application/problem+json";

    public static IResult Input(IReadOnlyList<InputFault> faults, int status = StatusCodes.Status400BadRequest) =>
        Answer(status, faults.Count == 1 ? faults[0].Detail : $"{faults.Count} things are wrong; see errors.", faults);

    public static IResult Input(string path, string code, string detail) => Input([new InputFault(path, code, detail)]);

    public static IResult NotFound(string detail) => Answer(StatusCodes.Status404NotFound, detail);

    public static IResult Conflict(string detail) => Answer(StatusCodes.Status409Conflict, detail);

    public static IResult Answer(int status, string detail, IReadOnlyList<InputFault>? faults = null) => new ProblemResult(status, detail, faults);

    public static Task WriteAsync(HttpContext context, int status, string detail, IReadOnlyList<InputFault>? faults = null)
    {
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status503ServiceUnavailable) context.Response.Headers.RetryAfter = "1";
        if (status == StatusCodes.Status401Unauthorized) context.Response.Headers.WWWAuthenticate = "Bearer";
        var title = ReasonPhrases.GetReasonPhrase(status);
        var type = "urn:openmeet-insights:problem:" + title.ToLowerInvariant().Replace(' ', '-');
        return context.Response.WriteAsJsonAsync(new Problem(type, title, status, detail, context.Request.Path, faults, TraceId(context)), options: null, MediaType);
    }

    /// <summary>Names a request in its answer, in the logs and in traces.</summary>
    public static string TraceId(HttpContext context) => Activity.Current?.Id ?? context.TraceIdentifier;

    private sealed class ProblemResult(int status, string detail, IReadOnlyList<InputFault>? faults) : IResult, IStatusCodeHttpResult
    {
        public int? StatusCode => status;

        public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext, status, detail, faults);
    }
}

/// <summary>What nobody caught: said in one sentence, with a trace id to look it up; no stack, no SQL.</summary>
internal sealed class UnhandledErrors(ILogger<UnhandledErrors> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (!httpContext.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal)) return false;
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }
        var (status, detail) = exception switch
        {
            BadHttpRequestException bad => (bad.StatusCode, "The request cannot be read: " + bad.Message),
            MixedCurrenciesException mixed => (StatusCodes.Status400BadRequest, mixed.Message),
            StillCountingException counting => (StatusCodes.Status503ServiceUnavailable, counting.Message),
            NoLongerKeptException gone => (StatusCodes.Status410Gone, gone.Message),
            LedgerBusyException busy => (StatusCodes.Status503ServiceUnavailable, busy.Message + " Send the same again in a moment; nothing counts twice."),
            _ when PostgresErrors.IsUnavailable(exception) => (StatusCodes.Status503ServiceUnavailable, (PostgresErrors.TakesNoChanges(exception) ?? "The database does not answer just now.") + " Try again in a moment."),
            _ => (StatusCodes.Status500InternalServerError, "Something went wrong on our side. The trace id tells the operator where to look."),
        };
        if (status == 500) logger.LogError(exception, "{Method} {Path} failed, trace {TraceId}", httpContext.Request.Method, httpContext.Request.Path.ToUriComponent(), Problems.TraceId(httpContext));
        await Problems.WriteAsync(httpContext, status, detail);
        return true;
    }
}

using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Text;
using Microsoft.OpenApi;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>What OpenMeet is to delete by a group's retention, and what the group has pinned. Deleted files come back as ordinary events.</summary>
internal static class RetentionEndpoints
{
    public static void MapRetention(this IEndpointRouteBuilder api)
    {
        var retention = api.MapGroup("/groups/{key}/retention").WithTags("Controls");
        retention.MapGet("/due", DueAsync).WithName("ListDueFiles").WithSummary("The files of a group that its retention lets go now, the largest first. Scope quota or admin, or the token of its owner or admin.")
            .WithDescription("OpenMeet reads this list and deletes the files: into a bin for 'binDays' days, and its owner is told. Each deletion is then sent as an ordinary file.deleted event, and the file leaves the list. "
                + "The list is empty, with a reason in 'heldBy', while the retention is off, under a legal hold, or where no kind has a time. Pinned files are never in it.")
            .AddOpenApiOperationTransformer((operation, _, _) =>
            {
                operation.Parameters ??= [];
                operation.Parameters.Add(Query("limit", "Files in one answer, 1 to 1,000; 100 where it is left out.", JsonSchemaType.Integer));
                operation.Parameters.Add(Query("cursor", "The 'nextCursor' of the answer before.", JsonSchemaType.String));
                return Task.CompletedTask;
            });
        retention.MapGet("/pins", PinsAsync).WithName("ListPinnedFiles").WithSummary("The files that a group keeps whatever its retention says, the newest pin first. Scope quota or admin, or the token of its owner or admin.");
        retention.MapPut("/pins/{**file}", PinAsync).WithName("PinFile").WithSummary("Pins a file that the group holds, with a reason. Scope admin, or the token of its owner or admin.");
        retention.MapDelete("/pins/{**file}", UnpinAsync).WithName("UnpinFile").WithSummary("Lets a pinned file go again. Scope admin, or the token of its owner or admin.");
    }

    private static OpenApiParameter Query(string name, string description, JsonSchemaType type) =>
        new() { Name = name, In = ParameterLocation.Query, Description = description, Schema = new OpenApiSchema { Type = type } };

    private static async Task<IResult> DueAsync(HttpContext context, GroupPolicyReports policies, RetentionReports files, string key)
    {
        var (caller, cancel) = (context.Caller(), context.RequestAborted);
        if (PolicyEndpoints.Lacks(caller, "quota", "admin") is { } refused) return refused;
        var input = new QueryInput(context.Request);
        var limit = input.Limit(100, 1000);
        var cursor = input.Text("cursor");
        var after = Parse(cursor);
        if (cursor is not null && after is null) input.Faults.Add(new InputFault("cursor", "malformed", "'cursor' is the nextCursor of the page before."));
        if (input.Faults.Count > 0) return Problems.Input(input.Faults);
        if (await policies.ReadAsync(caller.Tenant, key, caller.UserKey, cancel) is not { } controls) return PolicyEndpoints.Unknown(key);
        var retention = controls.Policy.Retention ?? Retention.None;
        var due = retention.Deletes ? await files.DueAsync(caller.Tenant, controls, retention, new DuePage(limit, after), cancel) : new RetentionDue(RetentionEffect.Nothing, [], null);
        return Results.Json(new
        {
            group = controls.Group,
            version = controls.InForce?.Id ?? 0,
            on = retention.On,
            legalHold = retention.LegalHold,
            heldBy = RetentionWords.HeldBy(retention),
            files = due.Effect.Files,
            bytes = Wire.Number(due.Effect.Bytes),
            oldest = due.Effect.Oldest?.ToString("uuuu-MM-dd", null),
            binDays = Retention.BinDays,
            ownerTold = true,
            items = due.Files.Select(f => new
            {
                file = f.File,
                kind = f.Kind,
                bytes = Wire.Number(f.Bytes),
                uploadedBy = f.By,
                since = Rfc3339.Format(f.Came),
                after = f.Event is null ? "upload" : "event",
                @event = f.Event,
                dueOn = f.DueOn.ToString("uuuu-MM-dd", null),
            }),
            nextCursor = due.Next is { } next ? Write(next) : null,
        });
    }

    /// <summary>What a retention would free, as the wire has it.</summary>
    internal static object Show(RetentionEffect due) => new
    {
        files = due.Files,
        bytes = Wire.Number(due.Bytes),
        oldest = due.Oldest?.ToString("uuuu-MM-dd", null),
        byKind = due.Kinds.Select(k => new { kind = k.Kind, files = k.Files, bytes = Wire.Number(k.Bytes) }),
        effect = due.Sentence,
    };

    private static async Task<IResult> PinsAsync(HttpContext context, GroupPolicyReports policies, RetentionReports files, string key)
    {
        var (caller, cancel) = (context.Caller(), context.RequestAborted);
        if (PolicyEndpoints.Lacks(caller, "quota", "admin") is { } refused) return refused;
        if (await policies.ReadAsync(caller.Tenant, key, caller.UserKey, cancel) is not { } controls) return PolicyEndpoints.Unknown(key);
        return Results.Json(new
        {
            items = (await files.PinsAsync(caller.Tenant, controls, cancel)).Select(p => new { file = p.Pin.File, bytes = Wire.Number(p.Bytes), reason = p.Pin.Reason, pinnedBy = p.Pin.PinnedBy, pinnedAt = Rfc3339.Format(p.Pin.PinnedAt) }),
            nextCursor = (string?)null,
        });
    }

    private static async Task<IResult> PinAsync(HttpContext context, GroupPolicyReports policies, FilePinStore pins, TimeProvider time, string key, string file)
    {
        var (caller, cancel) = (context.Caller(), context.RequestAborted);
        if (PolicyEndpoints.Lacks(caller, "admin") is { } refused) return refused;
        if (await policies.ReadAsync(caller.Tenant, key, caller.UserKey, cancel) is not { } controls) return PolicyEndpoints.Unknown(key);
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return Problems.Input(faults);
        var reason = new BodyInput(body, faults).Text("reason", required: true, most: 500)?.Trim();
        if (reason is { Length: 0 }) faults.Add(new InputFault("reason", "required", "Say why: 'reason' is empty."));
        if (faults.Count > 0) return Problems.Input(faults);
        return await pins.PinAsync(caller.Tenant.Id, controls.Group, file, reason!, PolicyEndpoints.EditorOf(caller, time), cancel) switch
        {
            PolicyOutcome.Done => Results.Json(new { file, reason }),
            PolicyOutcome.Refused => PolicyEndpoints.Unknown(key),
            _ => Problems.NotFound($"The group holds no file '{file}' now."),
        };
    }

    private static async Task<IResult> UnpinAsync(HttpContext context, GroupPolicyReports policies, FilePinStore pins, TimeProvider time, string key, string file)
    {
        var (caller, cancel) = (context.Caller(), context.RequestAborted);
        if (PolicyEndpoints.Lacks(caller, "admin") is { } refused) return refused;
        if (await policies.ReadAsync(caller.Tenant, key, caller.UserKey, cancel) is not { } controls) return PolicyEndpoints.Unknown(key);
        return await pins.UnpinAsync(caller.Tenant.Id, controls.Group, file, PolicyEndpoints.EditorOf(caller, time), cancel) switch
        {
            PolicyOutcome.Done => Results.NoContent(),
            PolicyOutcome.Refused => PolicyEndpoints.Unknown(key),
            _ => Problems.NotFound($"The file '{file}' is not pinned."),
        };
    }

    private static string Write(DueCursor cursor) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(cursor.Millionths.ToString(CultureInfo.InvariantCulture) + ' ' + cursor.File));

    private static DueCursor? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text) || text.Length > 2000 || !Base64Url.IsValid(text)) return null;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(' ', 2);
        return parts.Length == 2 && parts[0].Length <= 60 && !parts[1].Contains('\0', StringComparison.Ordinal) && BigInteger.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var held) ? new DueCursor(held, parts[1]) : null;
    }
}

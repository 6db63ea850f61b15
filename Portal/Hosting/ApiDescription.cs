using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>An exchange that really took place: what was asked, and what came.</summary>
/// <param name="Query">The query that was sent; empty for none.</param>
/// <param name="Media">The media type of the body; null where none was sent.</param>
/// <param name="Request">The body: JSON, or a text of another media type.</param>
/// <param name="Status">The status of the answer.</param>
/// <param name="Response">Its body; null where there is none.</param>
internal sealed record ApiExample(string Query, string? Media, JsonNode? Request, int Status, JsonNode? Response)
{
    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>All examples, by the operation's name. A test had them all answered, and holds the answers against them.</summary>
    public static IReadOnlyDictionary<string, ApiExample> All { get; } = Read();

    /// <summary>As they are kept.</summary>
    public static string Write(IReadOnlyDictionary<string, ApiExample> examples) => JsonSerializer.Serialize(examples, Form) + "\n";

    private static Dictionary<string, ApiExample> Read()
    {
        using var stream = typeof(ApiExample).Assembly.GetManifestResourceStream("ApiExamples.json")!;
        return JsonSerializer.Deserialize<Dictionary<string, ApiExample>>(stream, Form)!;
    }
}

/// <summary>What the OpenAPI document says beyond names and summaries: who may call, what may be asked, what comes, and what goes wrong.</summary>
internal static class ApiDescription
{
    private const string Bearer = "bearer";
    private const string Month = "A month such as 2025-11, instead of 'from' and 'to'; the running one where nothing is said.";
    private const string Dry = "true says what it would mean, and changes nothing.";

    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["period"] = Month, ["from"] = "The first instant (RFC 3339).", ["to"] = "The first instant that does not count any more (RFC 3339).",
        ["limit"] = "How many at most.", ["cursor"] = "'nextCursor' of the answer before.", ["account"] = "user:key or group:slug.", ["dryRun"] = Dry,
        ["subject"] = "The key of the user who acted; may stand several times.", ["group"] = "A group's slug.", ["user"] = "A user's key.", ["meter"] = "A meter's slug.",
        ["amount"] = "How much more, in the meter's unit; 1 where nothing is said.", ["type"] = "The type of events; may stand several times.",
        ["by"] = "user (where nothing is said) or group: whose lines they are.", ["view"] = "carried (where nothing is said) or acted: who carries it, or who did it.",
        ["windowSize"] = "MINUTE, HOUR, DAY or MONTH; one window over all where nothing is said.", ["windowTimeZone"] = "The IANA zone that cuts the windows; UTC where nothing is said.",
        ["groupBy"] = "A dimension of the meter, group or subject; may stand several times.", ["filterGroupBy[group]"] = "Only rows with this value; any dimension may stand in the brackets.",
        ["quantile"] = "Of a PERCENTILE meter: 0.5, 0.9, 0.95 or 0.99; 0.95 where nothing is said.", ["partial"] = "true stores the good events and names the others in 'rejected'.",
        ["tenant"] = "Which of OpenMeet's tenants to take; all where nothing is said.", ["version"] = "A version's number; the newest where nothing is said.",
        ["at"] = "At which instant (RFC 3339); now where nothing is said.", ["state"] = "open or closed; both where nothing is said.", ["days"] = "How far back, 1 to 365; 90 where nothing is said.",
        ["actor"] = "Who did it: key:name, user:key or an address.", ["action"] = "What was done, such as plan.published.", ["target"] = "To whom or what.",
    };

    private static readonly Dictionary<string, string> InPath = new(StringComparer.Ordinal)
    {
        ["key"] = "The key of the user, group, plan or tenant that the address is about.", ["userKey"] = "The user's key.", ["kind"] = "user or group.", ["slug"] = "The meter's slug.",
        ["dimension"] = "A dimension of the meter, or group.", ["id"] = "The number or id that the list says.", ["period"] = "A month such as 2025-11.", ["version"] = "The version's number.",
        ["rule"] = "The number of the budget's alert rule.", ["file"] = "The file's name, slashes as they are.",
    };

    // What each operation reads of its query.
    private static readonly Dictionary<string, string[]> Queries = new(StringComparer.Ordinal)
    {
        ["ListAlerts"] = ["account"], ["ListToldAlerts"] = ["account", "limit"], ["ListAudit"] = ["actor", "action", "target", "from", "to", "limit", "cursor"],
        ["SetGroupPolicy"] = ["dryRun"], ["SetOverride"] = ["dryRun"],
        ["ListCosts"] = ["period", "from", "to", "by", "view", "limit", "cursor"], ["ListCostPools"] = ["period"],
        ["ListDirectoryUsers"] = ["limit", "cursor"], ["ListDirectoryGroups"] = ["limit", "cursor"], ["ListMembers"] = ["at"], ["ListInvitations"] = ["limit", "cursor"],
        ["IngestEvents"] = ["partial"], ["ListEvents"] = ["subject", "group", "type", "from", "to", "limit"], ["ImportOpenMeetLog"] = ["tenant"],
        ["QueryMeter"] = ["from", "to", "windowSize", "windowTimeZone", "subject", "groupBy", "filterGroupBy[group]", "quantile"], ["ListMeterGroupByValues"] = ["from", "to"],
        ["GetPlan"] = ["version"], ["GetUserUsage"] = ["period", "from", "to"], ["GetUserCosts"] = ["period", "from", "to"], ["GetUserStatement"] = ["period"],
        ["GetGroupUsage"] = ["period", "from", "to"], ["GetGroupCosts"] = ["period", "from", "to"], ["GetGroupStatement"] = ["period"],
        ["CheckQuota"] = ["user", "group", "meter", "amount"], ["ListAnomalies"] = ["limit", "cursor"], ["ListDecisions"] = ["account", "limit"],
        ["ListDisputes"] = ["state", "limit"], ["UpgradeFunnel"] = ["days"], ["ListDeliveries"] = ["limit", "cursor"],
    };

    // What stands against it where the input itself is right.
    private static readonly Dictionary<string, string> Conflicts = new(StringComparer.Ordinal)
    {
        ["IngestEvents"] = "An event has the identity (source, id) of a stored one and says something else. `errors` names each; nothing of the batch was stored.",
        ["Invite"] = "The address has an account, or the user a sign-in under another address.", ["CreateMeter"] = "There is a meter with this slug.", ["ChangeMeter"] = "What a default meter counts is fixed.", ["ArchiveMeter"] = "It is a default meter: usage, cost and quotas stand on it.",
        ["CreatePlan"] = "There is a plan with this key.", ["PublishPlan"] = "The plan has no draft.", ["PreviewPlan"] = "The plan has no draft.", ["ClosePeriod"] = "The month is not over.",
        ["UndoOverride"] = "A newer override has taken its place, or ten minutes are over.", ["Reserve"] = "The limit leaves no room. The body is that of a check, with the problem's members.",
        ["WithdrawAnswer"] = "There is no answer that could be taken back.", ["AnswerDispute"] = "It is closed already.", ["MoveRule"] = "The version cannot go there from where it is.",
        ["TestAlert"] = "Nobody decides about the account now, so nobody can be told.", ["SetGroupPolicy"] = "Somebody has changed it since it was read.",
        ["UndoGroupPolicy"] = "A newer version has taken its place, or ten minutes are over.", ["AnswerGroupBudget"] = "Nothing is asked: the budget is not used up, or it only notifies.",
    };

    /// <summary>Adds it all to the document.</summary>
    public static void Describe(this OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "OpenMeet Insights";
            document.Info.Version = Version;
            document.Info.Description =
                "Usage, cost, plans and quotas. Send a service key, or a user's token of OpenMeet, as 'Authorization: Bearer ...', and X-Tenant-Id for another than the default tenant. " +
                "Errors are problems (RFC 9457); for input, `errors` names every fault. Every example is an exchange that took place.";
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = Bearer, Description = "A service key (omi_...), or a user's token of OpenMeet." };
            document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
            document.Components.Schemas["Problem"] = SchemaOf(ProblemExample);
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] }];
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            Describe(operation, context.Description.ActionDescriptor.EndpointMetadata.OfType<NeededScope>().LastOrDefault(), context.Document!);
            return Task.CompletedTask;
        });
    }

    /// <summary>The version of the program, without what the build adds.</summary>
    public static string Version { get; } = typeof(ApiDescription).Assembly.GetName().Version!.ToString(3);

    private static JsonObject ProblemExample => new()
    {
        ["type"] = "urn:openmeet-insights:problem:bad-request", ["title"] = "Bad Request", ["status"] = 400, ["detail"] = "'limit' is a number from 1 to 1000.", ["instance"] = "/api/v1/events",
        ["errors"] = new JsonArray(new JsonObject { ["index"] = null, ["path"] = "limit", ["code"] = "out_of_range", ["detail"] = "'limit' is a number from 1 to 1000." }),
        ["traceId"] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    };

    private static void Describe(OpenApiOperation operation, NeededScope? scope, OpenApiDocument document)
    {
        var name = operation.OperationId ?? "";
        var example = ApiExample.All.GetValueOrDefault(name);
        operation.Parameters ??= [];
        foreach (var parameter in operation.Parameters.OfType<OpenApiParameter>().Where(p => p.Description is null && p.Name is not null)) parameter.Description = InPath.GetValueOrDefault(parameter.Name!) ?? Known.GetValueOrDefault(parameter.Name!);
        foreach (var query in Queries.GetValueOrDefault(name, []).Where(q => operation.Parameters.All(p => p.Name != q)))
            operation.Parameters.Add(new OpenApiParameter { Name = query, In = ParameterLocation.Query, Description = Known[query], Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = ValueOf(example, query) });
        operation.Parameters.Add(new OpenApiParameter { Name = "X-Tenant-Id", In = ParameterLocation.Header, Description = "The tenant's key; the default tenant, or the key's own, where it is absent.", Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
        if (example is null) return;
        if (example.Media is { } media)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType> { [media] = new() { Schema = SchemaOf(example.Request), Example = example.Request?.DeepClone() } },
            };
        }
        var responses = operation.Responses = new OpenApiResponses();
        responses[$"{example.Status}"] = new OpenApiResponse
        {
            Description = example.Response is null ? "Done; there is nothing to say." : operation.Summary,
            Content = example.Response is null ? null : new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = SchemaOf(example.Response), Example = example.Response.DeepClone() } },
        };
        var hasInput = example.Media is not null || Queries.ContainsKey(name);
        Add(400, hasInput ? "Something is wrong with the input: `errors` names every fault, and nothing was done." : null);
        Add(401, "There is no credential, or it is unknown, expired or revoked.");
        Add(403, scope is null ? "The caller may not do this here." : $"The key lacks the scope {string.Join(" or ", scope.AnyOf.Select(s => $"`{s}`"))}, or a user's token reaches no further than the user.");
        Add(404, "What the address or the tenant names is not there, or not for this caller.");
        Add(409, Conflicts.GetValueOrDefault(name));
        Add(413, example.Media is null ? null : "The body is larger than is taken here.");
        Add(415, example.Media is null or "application/json" ? null : "The body's media type is not taken here.");
        Add(429, "Too many calls with this credential (`Insights:Api:RequestsPerMinute`); Retry-After says when the next is taken.");
        Add(503, "The database or its disk does not take it just now, and nothing was done; Retry-After says when to try again.");

        void Add(int status, string? when)
        {
            if (when is null) return;
            responses[$"{status}"] = new OpenApiResponse
            {
                Description = when,
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [Problems.MediaType] = new() { Schema = new OpenApiSchemaReference("Problem", document), Example = status == 400 ? ProblemExample : null },
                },
            };
        }
    }

    private static JsonNode? ValueOf(ApiExample? example, string query) =>
        Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(example?.Query).TryGetValue(query, out var value) ? JsonValue.Create(value.ToString()) : null;

    // What a value looks like. Members that were null may be anything; nothing is said to be required.
    private static OpenApiSchema SchemaOf(JsonNode? node) => node switch
    {
        JsonObject o => new OpenApiSchema { Type = JsonSchemaType.Object, Properties = o.ToDictionary(m => m.Key, m => (IOpenApiSchema)SchemaOf(m.Value)) },
        JsonArray a => new OpenApiSchema { Type = JsonSchemaType.Array, Items = SchemaOf(a.FirstOrDefault()) },
        null => new OpenApiSchema(),
        _ => new OpenApiSchema
        {
            Type = node.GetValueKind() switch
            {
                JsonValueKind.String => JsonSchemaType.String,
                JsonValueKind.Number => JsonSchemaType.Number,
                _ => JsonSchemaType.Boolean,
            },
        },
    };
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;
using OpenMeet.Insights.Tests.Upgrades;

namespace OpenMeet.Insights.Tests.Account;

/// <summary>What somebody was answered.</summary>
public sealed record AccessAnswer(AccessLine Line, AccessCaller Caller, int Status, string? Location, string Text)
{
    /// <summary>Whether the answer is a way to the sign-in.</summary>
    public bool IsSentToSignIn => Status == 302 && Location?.Contains("/account/login", StringComparison.Ordinal) == true;

    public override string ToString() => $"{Line} as {Caller.Name}: {Status}{(Location is null ? "" : " to " + Location)}";
}

/// <summary>Every line of docs/access.md called by everybody, once: the answers, the endpoints that gave them, and every statement that the database was asked.</summary>
public sealed class AccessRun(PostgresServer server) : IAsyncLifetime
{
    /// <summary>The word in the names of the other community.</summary>
    public const string OtherMark = "Betaburg";

    private const string LineHeader = "X-Line";
    private readonly ConcurrentDictionary<int, string> _reached = new();
    private readonly ConcurrentDictionary<string, byte> _statements = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<AccessAnswer> _answers = [];

    /// <summary>The portal.</summary>
    public AskPortal Portal { get; } = new(server);

    /// <summary>The community of the lines.</summary>
    public AccessCommunity Here { get; private set; } = null!;

    /// <summary>A community with the same keys, more uploads, and another word in its names.</summary>
    public AccessCommunity There { get; private set; } = null!;

    /// <summary>A tenant with nothing in it.</summary>
    public TestCommunity Elsewhere { get; private set; } = null!;

    /// <summary>The lines.</summary>
    public IReadOnlyList<AccessLine> Lines { get; } = AccessLine.ReadAll();

    /// <summary>All answers.</summary>
    public IReadOnlyCollection<AccessAnswer> Answers => _answers;

    /// <summary>The endpoint that a line reached, by the line's number.</summary>
    public IReadOnlyDictionary<int, string> Reached => _reached;

    /// <summary>Every statement that the database was asked, once each.</summary>
    public IEnumerable<string> Statements => _statements.Keys;

    /// <summary>Every endpoint that the portal has, but its files.</summary>
    public IReadOnlyList<string> Endpoints =>
    [
        .. Portal.Services.GetRequiredService<EndpointDataSource>().Endpoints.Where(e => e.Metadata.GetMetadata<StaticAssetDescriptor>() is null).Select(Name).Distinct().Order(StringComparer.Ordinal),
    ];

    public async ValueTask InitializeAsync()
    {
        await Portal.InitializeAsync();
        var database = new NpgsqlConnectionStringBuilder(Portal.ConnectionString).Database;
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.GetTagItem("db.query.text") is string sql && (string?)activity.GetTagItem("db.namespace") == database) _statements.TryAdd(sql, 0);
            },
        };
        ActivitySource.AddActivityListener(listener);
        Here = await AccessCommunity.MakeAsync(Portal);
        There = await AccessCommunity.MakeAsync(Portal, uploads: 7, mark: OtherMark);
        Elsewhere = await Portal.NewCommunityAsync();
        var (api, people) = (await Here.ApiCallersAsync(Elsewhere), await Here.PeopleAsync(Elsewhere));
        using var matches = Portal.Services.GetRequiredService<DiagnosticListener>().Subscribe(new Matches(this), name => name == Matches.Name);
        await Parallel.ForEachAsync(Lines, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (line, cancel) =>
        {
            foreach (var caller in line.Table switch { "api" => api, "pages" => people, _ => people.Take(1) }) _answers.Add(await AskAsync(line, caller, cancel));
        });
    }

    public ValueTask DisposeAsync() => Portal.DisposeAsync();

    private async Task<AccessAnswer> AskAsync(AccessLine line, AccessCaller caller, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(new HttpMethod(line.Method), Here.Resolve(line.Path).TrimStart('/'));
        request.Headers.Add(LineHeader, line.Number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (line.Method is "POST" or "PUT") request.Content = new StringContent(line.Body ?? "", Encoding.UTF8, "application/json");
        using var answer = await caller.Http.SendAsync(request, cancel);
        return new AccessAnswer(line, caller, (int)answer.StatusCode, answer.Headers.Location?.ToString(), await answer.Content.ReadAsStringAsync(cancel));
    }

    private static string Name(Endpoint endpoint) => endpoint is RouteEndpoint route
        ? $"{string.Join(' ', endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])} {route.RoutePattern.RawText}".Trim()
        : endpoint.DisplayName ?? "?";

    // The first match of a request is its own; what follows is how a refusal is shown.
    private sealed class Matches(AccessRun run) : IObserver<KeyValuePair<string, object?>>
    {
        public const string Name = "Microsoft.AspNetCore.Routing.EndpointMatched";

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value is not { Key: Name, Value: HttpContext http } || !int.TryParse(http.Request.Headers[LineHeader], out var line) || http.GetEndpoint() is not { } endpoint) return;
            run._reached.TryAdd(line, AccessRun.Name(endpoint));
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }
}

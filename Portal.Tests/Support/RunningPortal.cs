using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Tests.Support;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>
/// The real portal in this process, on a database of its own and behind real HTTP. A class fixture: one for each test class.
/// </summary>
public class RunningPortal(PostgresServer server) : IAsyncLifetime
{
    /// <summary>The first service key: every scope, every tenant.</summary>
    public const string Key = "omi_for-tests-only-0123456789abcdefghijklmnopqrs";

    private static readonly SemaphoreSlim Gate = new(1);
    private static readonly Actor Tester = new("test", Instant.FromUtc(2025, 1, 1, 0, 0));
    private static string? s_template;
    private static int s_names;
    private readonly List<HttpClient> clients = [];
    private WebApplication? app;

    /// <summary>Where it listens, with a slash at the end.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Its database.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>What the portal is made of.</summary>
    public IServiceProvider Services => app!.Services;

    public async ValueTask InitializeAsync()
    {
        ConnectionString = await CreateDatabaseAsync(server);
        app = await PortalHost.BuildAsync(Arguments(ConnectionString), Adjust);
        await app.StartAsync();
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/");
    }

    /// <summary>Lets a fixture put something in another's place, such as the clock.</summary>
    internal virtual void Adjust(WebApplicationBuilder builder)
    {
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var client in clients) client.Dispose();
        if (app is null) return;
        await app.StopAsync();
        await app.DisposeAsync();
    }

    /// <summary>Makes a database that a portal has migrated and given <see cref="Key"/>: a copy of one that was made once a run.</summary>
    public static async Task<string> CreateDatabaseAsync(PostgresServer server)
    {
        await Gate.WaitAsync();
        try
        {
            if (s_template is null)
            {
                var template = await server.CreateDatabaseAsync();
                await using (await PortalHost.BuildAsync(Arguments(template)))
                {
                }
                s_template = template;
            }
        }
        finally
        {
            Gate.Release();
        }
        return await server.CreateDatabaseAsync(s_template);
    }

    /// <summary>A client with a key (none where it is empty) for a tenant (the default one where it is null).</summary>
    public HttpClient Client(string key = Key, string? tenant = null)
    {
        var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(5) };
        if (key.Length > 0) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (tenant is not null) client.DefaultRequestHeaders.Add("X-Tenant-Id", tenant);
        lock (clients) clients.Add(client);
        return client;
    }

    /// <summary>A community that no other test sees: a new tenant.</summary>
    public async Task<TestCommunity> NewCommunityAsync()
    {
        var key = "community-" + Interlocked.Increment(ref s_names);
        var tenant = await Services.GetRequiredService<TenantStore>().EnsureAsync(new NewTenant(key, key, "USD", "UTC"), Tester, CancellationToken.None);
        return new TestCommunity(this, tenant.Id, key, Client(Key, key));
    }

    /// <summary>A community that no other test sees, made over HTTP as it is described.</summary>
    public async Task<TestCommunity> NewCommunityAsync(JsonObject described)
    {
        var key = "community-" + Interlocked.Increment(ref s_names);
        using var made = await Client().PutAsJsonAsync("api/v1/tenants/" + key, described);
        Assert.True(made.StatusCode == HttpStatusCode.Created, await made.Content.ReadAsStringAsync());
        var tenant = await Services.GetRequiredService<TenantStore>().FindAsync(key, CancellationToken.None);
        return new TestCommunity(this, tenant!.Id, key, Client(Key, key));
    }

    /// <summary>A new key with these scopes; bound to a tenant where one is given.</summary>
    public async Task<string> NewKeyAsync(int? tenantId, Instant? expiresAt, params string[] scopes)
    {
        var name = "key-" + Interlocked.Increment(ref s_names);
        var auditTenant = await Services.GetRequiredService<TenantStore>().FindAsync("default", CancellationToken.None);
        var made = await Services.GetRequiredService<ServiceKeyStore>().CreateAsync(name, scopes, tenantId, expiresAt, auditTenant!.Id, Tester, CancellationToken.None);
        return made.Secret;
    }

    private static string[] Arguments(string connectionString) =>
    [
        "--ConnectionStrings:Insights=" + connectionString, "--urls=http://127.0.0.1:0", "--Insights:Bootstrap:ApiKey=" + Key,
        "--Insights:Demo=false", "--Insights:SignIn:PerMinute=10000", "--Logging:LogLevel:Default=Warning",
    ];
}

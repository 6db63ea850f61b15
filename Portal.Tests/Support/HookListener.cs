using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>One request as it came.</summary>
public sealed record Received(string Path, string Id, string Timestamp, string Signature, string Body);

/// <summary>A receiver of webhooks on this machine that answers as the test says.</summary>
public sealed class HookListener : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HookListener(WebApplication app) => _app = app;

    /// <summary>What came, in order.</summary>
    public ConcurrentQueue<Received> Requests { get; } = new();

    /// <summary>The status of the next answers.</summary>
    public int Status { get; set; } = 204;

    /// <summary>Keeps the next answers back until it ends; null for none.</summary>
    public Task? Until { get; set; }

    /// <summary>Where it listens, without a slash at the end.</summary>
    public string Address { get; private set; } = "";

    public static async Task<HookListener> StartAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var listener = new HookListener(app);
        app.Run(listener.AnswerAsync);
        await app.StartAsync();
        listener.Address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return listener;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var headers = http.Request.Headers;
        Requests.Enqueue(new Received(http.Request.Path, headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString(), headers["webhook-signature"].ToString(), await reader.ReadToEndAsync()));
        if (Until is { } until) await until.WaitAsync(http.RequestAborted);
        http.Response.StatusCode = Status;
        if (Status is >= 300 and < 400) http.Response.Headers.Location = Address + "/elsewhere";
        if (Status >= 500) await http.Response.WriteAsync("out of order\0");
    }
}

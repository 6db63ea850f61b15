using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>
/// A small proxy before several portals, as an ingress is one: by turns to those that say they are ready. It retries nothing: where a
/// portal does not answer, the caller gets 502.
/// </summary>
public sealed class Balancer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http = new();
    private readonly ConcurrentDictionary<Uri, bool> _portals = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _looking = Task.CompletedTask;
    private int _turn;

    private Balancer(WebApplication app) => _app = app;

    /// <summary>Where it listens, with a slash at the end.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Starts it before these portals, which are ready.</summary>
    public static async Task<Balancer> StartAsync(params Uri[] portals)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var balancer = new Balancer(app);
        foreach (var portal in portals) balancer._portals[portal] = true;
        app.Run(balancer.ForwardAsync);
        await app.StartAsync();
        balancer.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/");
        balancer._looking = balancer.LookAsync();
        return balancer;
    }

    /// <summary>One more portal, which gets requests once it is ready.</summary>
    public void Add(Uri portal) => _portals.TryAdd(portal, false);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _looking;
        await _app.DisposeAsync();
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task LookAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        try
        {
            do
            {
                // An answer that was older than a failure says nothing about the portal that failed meanwhile.
                foreach (var (portal, was) in _portals) _portals.TryUpdate(portal, await IsReadyAsync(portal), was);
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // the test is over
        }
    }

    private async Task<bool> IsReadyAsync(Uri portal)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri(portal, "health/ready"), _stop.Token);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task ForwardAsync(HttpContext context)
    {
        var ready = _portals.Where(p => p.Value).Select(p => p.Key).OrderBy(p => p.Port).ToArray();
        if (ready.Length == 0)
        {
            context.Response.StatusCode = (int)HttpStatusCode.BadGateway;
            return;
        }
        var portal = ready[(int)((uint)Interlocked.Increment(ref _turn) % ready.Length)];
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(portal, context.Request.Path + context.Request.QueryString.ToUriComponent()));
        if (body.Length > 0) request.Content = new ByteArrayContent(body.ToArray());
        foreach (var (name, values) in context.Request.Headers.Where(h => h.Key is "Authorization" or "Content-Type"))
        {
            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values)) request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
        try
        {
            using var answer = await _http.SendAsync(request, context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            await context.Response.Body.WriteAsync(await answer.Content.ReadAsByteArrayAsync(context.RequestAborted), context.RequestAborted);
        }
        catch (HttpRequestException)
        {
            _portals[portal] = false;
            context.Response.StatusCode = (int)HttpStatusCode.BadGateway;
        }
    }
}

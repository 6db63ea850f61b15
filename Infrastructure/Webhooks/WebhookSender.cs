using System.Net.Sockets;
using System.Text;
using NodaTime;
using OpenMeet.Insights.Domain.Webhooks;
using OpenMeet.Insights.Infrastructure.Delivery;

namespace OpenMeet.Insights.Infrastructure.Webhooks;

/// <summary>Posts signed messages. Every connection is made to an address that was checked, and no redirect is followed.</summary>
public sealed class WebhookSender : IDisposable
{
    private const int ExcerptLength = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private readonly WebhookTargets _targets;
    private readonly HttpClient _client;

    public WebhookSender(WebhookTargets targets)
    {
        _targets = targets;
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.Zero,
            MaxResponseHeadersLength = 32,
            ConnectCallback = ConnectAsync,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Posts one message; it never throws for what the receiver or the network does.</summary>
    /// <param name="url">Where to.</param>
    /// <param name="secret"><c>whsec_</c> and base64.</param>
    /// <param name="id">The same over all attempts.</param>
    /// <param name="body">JSON.</param>
    /// <param name="at">Now.</param>
    /// <param name="cancel">Ends the attempt.</param>
    public async Task<DeliveryResult> SendAsync(string url, string secret, string id, string body, Instant at, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        var timestamp = WebhookSignature.Timestamp(at);
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", WebhookSignature.Sign(secret, id, timestamp, body));
        request.Headers.UserAgent.ParseAdd("OpenMeet-Insights");
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            var status = (int)response.StatusCode;
            var excerpt = await ExcerptAsync(response, limit.Token);
            return status switch
            {
                >= 200 and < 300 => new DeliveryResult(true, true, $"Answered {status}.", status, excerpt),
                410 => new DeliveryResult(false, true, "Answered 410: it wants no more.", status, excerpt),
                >= 300 and < 400 => new DeliveryResult(false, false, $"Answered {status}: redirects are not followed.", status, excerpt),
                _ => new DeliveryResult(false, false, $"Answered {status}.", status, excerpt),
            };
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new DeliveryResult(false, false, "No answer in 15 seconds.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            var cause = e.GetBaseException();
            return new DeliveryResult(false, false, cause is RefusedTargetException ? "Refused: " + cause.Message : "No connection: " + cause.Message);
        }
    }

    public void Dispose() => _client.Dispose();

    // The name is resolved here, and the address that was looked at is the one that is connected to: a name that changes in between gains nothing.
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var addresses = await _targets.ResolveAsync(context.DnsEndPoint.Host, cancel);
        if (addresses.FirstOrDefault(a => !_targets.Allows(a)) is { } refused) throw new RefusedTargetException(refused);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<string?> ExcerptAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var buffer = new byte[ExcerptLength];
        var read = 0;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancel);
            read = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            // The status counts; of the rest only as much as came.
        }
        // What cannot be stored or shown is left out.
        return read == 0 ? null : new string([.. Encoding.UTF8.GetString(buffer, 0, read).Where(c => !char.IsControl(c) && !char.IsSurrogate(c))]);
    }
}

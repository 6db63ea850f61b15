using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using MimeKit;
using SmtpServer;
using SmtpServer.ComponentModel;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>A real SMTP server on this machine that keeps what it is sent.</summary>
public sealed class MailCatcher : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Kept _kept = new();
    private readonly Task _running;

    public MailCatcher()
    {
        var options = new SmtpServerOptionsBuilder().ServerName("localhost").Endpoint(e => e.Endpoint(new IPEndPoint(IPAddress.Loopback, Port))).Build();
        var services = new SmtpServer.ComponentModel.ServiceProvider();
        services.Add(_kept);
        _running = new SmtpServer.SmtpServer(options, services).StartAsync(_stop.Token);
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; } = Ports.Next();

    /// <summary>Mails to an address, in the order in which they came.</summary>
    public MimeMessage[] To(string address) => [.. _kept.Messages.Where(m => m.To.Mailboxes.Any(a => a.Address == address))];

    /// <summary>The newest mail to an address, once there is one: a mail is sent beside the page that asks for it.</summary>
    public async Task<MimeMessage> NewestAsync(string address, TimeSpan patience)
    {
        using var most = new CancellationTokenSource(patience);
        while (To(address) is []) await Task.Delay(50, most.Token);
        return To(address)[^1];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        foreach (var message in _kept.Messages) message.Dispose();
        _stop.Dispose();
    }

    private sealed class Kept : MessageStore
    {
        public ConcurrentQueue<MimeMessage> Messages { get; } = new();

        public override async Task<SmtpResponse> SaveAsync(ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
        {
            using var bytes = new MemoryStream(buffer.ToArray());
            Messages.Enqueue(await MimeMessage.LoadAsync(bytes, cancellationToken));
            return SmtpResponse.Ok;
        }
    }
}

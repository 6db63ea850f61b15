using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace OpenMeet.Insights.Infrastructure.Delivery;

/// <summary>How mail leaves the house.</summary>
/// <param name="Host">The SMTP server; null where mail is not set up.</param>
/// <param name="Port">Its port.</param>
/// <param name="User">Who signs in there; null for nobody.</param>
/// <param name="Password">With that.</param>
/// <param name="From">The sender's address.</param>
/// <param name="StartTls">Whether the connection must be made secret with STARTTLS.</param>
public sealed record MailSettings(string? Host, int Port = 587, string? User = null, string? Password = null, string From = "insights@localhost", bool StartTls = true)
{
    /// <summary>Whether mail can be sent.</summary>
    public bool IsConfigured => Host is not null;
}

/// <summary>What an attempt at delivering came to.</summary>
/// <param name="Delivered">Whether it has arrived.</param>
/// <param name="Final">Whether trying again is of no use.</param>
/// <param name="Outcome">In a phrase.</param>
/// <param name="Status">The receiver's status, where it answered.</param>
/// <param name="Excerpt">The first characters of its answer.</param>
public sealed record DeliveryResult(bool Delivered, bool Final, string Outcome, int? Status = null, string? Excerpt = null);

/// <summary>Sends mail over SMTP.</summary>
public sealed class Mailer(MailSettings settings)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Whether mail can be sent.</summary>
    public bool IsConfigured => settings.IsConfigured;

    /// <summary>Sends one mail; it never throws for what the server or the network does.</summary>
    public async Task<DeliveryResult> SendAsync(Guid id, string to, string subject, string body, CancellationToken cancel)
    {
        if (settings.Host is not { } host) return new DeliveryResult(false, true, "Mail is not set up (Insights:Mail:Host).");
        if (!MailboxAddress.TryParse(to, out var address)) return new DeliveryResult(false, true, "That is no mail address.");
        using var message = new MimeMessage();
        message.From.Add(MailboxAddress.Parse(settings.From));
        message.To.Add(address);
        message.Subject = subject;
        message.MessageId = $"{id:N}@insights";
        message.Headers.Add("Auto-Submitted", "auto-generated");
        message.Body = new TextPart("plain") { Text = body };
        using var client = new SmtpClient { Timeout = (int)Patience.TotalMilliseconds };
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(Patience);
            await client.ConnectAsync(host, settings.Port, settings.StartTls ? SecureSocketOptions.StartTls : SecureSocketOptions.None, limit.Token);
            if (settings.User is { } user) await client.AuthenticateAsync(user, settings.Password ?? "", limit.Token);
            var answer = await client.SendAsync(message, limit.Token);
            await client.DisconnectAsync(true, limit.Token);
            return new DeliveryResult(true, true, "Accepted by the mail server.", 250, answer);
        }
        catch (SmtpCommandException e)
        {
            return new DeliveryResult(false, (int)e.StatusCode >= 500, $"The mail server refused it ({(int)e.StatusCode}).", (int)e.StatusCode, e.Message);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new DeliveryResult(false, false, "The mail server did not answer in 15 seconds.");
        }
        catch (Exception e) when (e is ProtocolException or AuthenticationException or ServiceNotConnectedException or IOException or System.Net.Sockets.SocketException or SslHandshakeException or NotSupportedException)
        {
            return new DeliveryResult(false, false, "The mail server cannot be used: " + e.Message);
        }
    }
}

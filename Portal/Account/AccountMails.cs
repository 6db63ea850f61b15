using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.WebUtilities;
using OpenMeet.Insights.Infrastructure.Delivery;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.People;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>A mail that somebody asked for.</summary>
/// <param name="Email">The address that was typed, known or not.</param>
/// <param name="UserId">Whose new address it shall become; null for a forgotten password.</param>
/// <param name="Site">Where the links lead, with a slash at the end.</param>
/// <param name="Language">The language of who asked.</param>
/// <param name="Invitation">Where the link of an invitation leads; null for any other mail.</param>
/// <param name="From">Who invites.</param>
internal sealed record AccountMail(string Email, string? UserId, Uri Site, Language Language, string? Invitation = null, string? From = null);

/// <summary>
/// Sends links to new passwords, for the confirmation of addresses and of invitations. A page only leaves the wish here and answers at once, so that its
/// time tells nobody which addresses are known; the links are kept nowhere. What waits is lost with the portal: the person asks again.
/// </summary>
internal sealed class AccountMails(IServiceScopeFactory scopes, Mailer mailer, SignInSettings settings, TimeProvider time, ILogger<AccountMails> logger) : BackgroundService
{
    private const int MostWaiting = 1000;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan[] Retries = [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30)];
    private readonly Channel<AccountMail> _waiting = Channel.CreateBounded<AccountMail>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Dictionary<string, DateTimeOffset> _sent = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether mail is set up, with an address for its links.</summary>
    public bool IsReady(HttpRequest request) => IsReady(Here(request));

    /// <summary>The same, as an open page knows where it is.</summary>
    public bool IsReady(Uri here) => mailer.IsConfigured && Site(here) is not null;

    /// <summary>Where a link leads that is shown to an administrator.</summary>
    public Uri LinkTo(string path, Uri here) => new(settings.PublicAddress ?? new Uri(here, "/"), path);

    /// <summary>Where a request says that this portal is.</summary>
    public static Uri Here(HttpRequest request) => new($"{request.Scheme}://{request.Host}/");

    /// <summary>Leaves a wish; where mail is not set up, or too many wait, it is dropped.</summary>
    public void Ask(string email, string? userId, HttpRequest request)
    {
        if (Site(Here(request)) is { } site) _waiting.Writer.TryWrite(new AccountMail(email.Trim(), userId, site, Language.Current));
    }

    /// <summary>Leaves an invitation to be sent.</summary>
    public void Invite(string email, string path, string from, Uri here)
    {
        if (Site(here) is { } site) _waiting.Writer.TryWrite(new AccountMail(email, null, site, Language.Current, path, from));
    }

    /// <summary>A token as it stands in an address.</summary>
    public static string InAddress(string token) => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(token));

    /// <summary>The token of an address; empty where it is none.</summary>
    public static string FromAddress(string? text)
    {
        try
        {
            return Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(text ?? ""));
        }
        catch (FormatException)
        {
            return "";
        }
    }

    // What a request calls this portal may be a lie that leads the reader of a mail elsewhere; it is believed on this machine alone.
    private Uri? Site(Uri here) => settings.PublicAddress ?? (here.IsLoopback ? here : null);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var mail in _waiting.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await SendAsync(mail, stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogError(e, "A mail for an account could not be sent.");
            }
        }
    }

    private async Task SendAsync(AccountMail mail, CancellationToken cancel)
    {
        // One mail a minute to an address, so that nobody floods a mailbox from here. An administrator's newer invitation is the one that opens, so it goes.
        var now = time.GetUtcNow();
        foreach (var old in _sent.Where(s => s.Value + Pause < now).Select(s => s.Key).ToList()) _sent.Remove(old);
        if (await WriteAsync(mail, cancel) is not { } letter || (mail.Invitation is null && !_sent.TryAdd(letter.To, now))) return;
        foreach (var pause in (TimeSpan?[])[.. Retries, null])
        {
            var result = await mailer.SendAsync(Guid.CreateVersion7(), letter.To, letter.Subject, letter.Body, cancel);
            if (result.Delivered) return;
            if (result.Final || pause is null)
            {
                logger.LogWarning("A mail for an account was not delivered: {Outcome}", result.Outcome);
                return;
            }
            await Task.Delay(pause.Value, time, cancel);
        }
    }

    private async Task<(string To, string Subject, string Body)?> WriteAsync(AccountMail mail, CancellationToken cancel)
    {
        if (mail is { Invitation: { } invitation, From: { } inviter })
        {
            return Language.In(mail.Language, () => (mail.Email, Words.Say("You are invited to OpenMeet Insights"),
                $"{Words.Say("{0} invites you to OpenMeet Insights, where you see what you and your groups use and what it costs. Choose a password here:", inviter)}\n\n{new Uri(mail.Site, invitation)}\n\n{Words.Say("The link opens once, within {0} days. If you do not know why you got it, do nothing.", Formats.Number((decimal)Invitations.Life.TotalDays))}\n"));
        }
        await using var scope = scopes.CreateAsyncScope();
        cancel.ThrowIfCancellationRequested();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<InsightsUser>>();
        var demo = scope.ServiceProvider.GetRequiredService<DemoSignIns>();
        if (mail.UserId is { } id)
        {
            if (await users.FindByIdAsync(id) is not { } user) return null;
            var token = await users.GenerateChangeEmailTokenAsync(user, mail.Email);
            return Letter(mail, mail.Email, PortalUrls.ConfirmEmail(user.Id, mail.Email, InAddress(token)), "Confirm your address", "Confirm that this is your address at OpenMeet Insights:");
        }
        // A person without a password gets one, where the address was confirmed; else anybody could claim an address and wait.
        if (await users.FindByEmailAsync(mail.Email) is not { EmailConfirmed: true } known || demo.People.Any(p => p.Email == known.Email)) return null;
        // To the address that the account has, not to the one typed: two that differ to a mail server can be the same name to a database.
        return Letter(mail, known.Email!, PortalUrls.ResetPassword(known.Id, InAddress(await users.GeneratePasswordResetTokenAsync(known))), "Choose a new password", "Somebody asked for a new password for your account at OpenMeet Insights. Choose it here:");
    }

    private static (string, string, string) Letter(AccountMail mail, string to, string path, string subject, string text) => Language.In(mail.Language, () =>
        (to, Words.Named(subject), $"{Words.Named(text)}\n\n{new Uri(mail.Site, path)}\n\n{Words.Say("The link opens once, within an hour. If you did not ask for it, do nothing.")}\n"));
}

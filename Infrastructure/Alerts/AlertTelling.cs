using System.Globalization;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Delivery;

namespace OpenMeet.Insights.Infrastructure.Alerts;

/// <summary>How an alert leaves.</summary>
/// <param name="Mail">By mail to the recipient.</param>
/// <param name="Webhook">To the tenant's endpoints.</param>
/// <param name="RuleId">To the own address of this rule; null for none.</param>
/// <param name="Url">That address.</param>
public sealed record AlertChannels(bool Mail, bool Webhook, long? RuleId = null, string? Url = null)
{
    /// <summary>The inbox and nothing else.</summary>
    public static AlertChannels InboxOnly { get; } = new(false, false);
}

/// <summary>
/// Writes an alert together with all that goes out because of it, in one transaction. The alert's key is unique: of two portals that
/// find the same threshold passed, one writes.
/// </summary>
public sealed class AlertTelling(IDbContextFactory<InsightsDbContext> contexts, DeliveryMetrics metrics)
{
    /// <summary>Writes it; false where it was told already. Mail and webhooks wait for the end of the recipient's quiet hours.</summary>
    public async Task<bool> TellAsync(AlertFiring firing, AlertChannels channels, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        // Who comes second waits here and finds it told; the unique key stands behind that.
        var turn = $"insights.alert:{firing.TenantId}:{firing.Origin}";
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({turn}, 0))", cancel);
        if (await db.AlertFirings.AnyAsync(
            f => f.TenantId == firing.TenantId && f.Origin == firing.Origin && f.Period == firing.Period && f.Against == firing.Against && f.Threshold == firing.Threshold && f.IsForecast == firing.IsForecast, cancel))
            return false;
        db.AlertFirings.Add(firing);
        db.InboxNotices.Add(new InboxNotice
        {
            TenantId = firing.TenantId,
            Recipient = firing.Recipient,
            FiringId = firing.Id,
            Account = firing.Account,
            Title = firing.Title,
            Detail = firing.Detail,
            At = firing.At,
        });
        var quiet = firing.IsTest ? null : await AlertRecipients.QuietAsync(db, firing.TenantId, firing.Recipient, cancel);
        var from = quiet?.EndAt(firing.At) ?? firing.At;
        if (channels.Mail)
        {
            var address = await AlertRecipients.AddressAsync(db, firing.TenantId, firing.Recipient, cancel);
            var mail = Message(firing, "mail", address ?? "", from, await MailTextAsync(db, firing, cancel));
            if (address is null) (mail.NextAt, mail.State, mail.Outcome) = (null, "failed", "No mail address is known.");
            db.OutgoingMessages.Add(mail);
        }
        if (channels.Webhook)
        {
            var announced = db.Announce(firing.TenantId, EventTypes.AlertFired, Data(firing), firing.At);
            (announced.NotBefore, announced.FiringId) = (from, firing.Id);
        }
        if (channels.Url is { } url)
        {
            var own = Message(firing, "webhook", url, from, Outbox.Body(EventTypes.AlertFired, firing.At, Infrastructure.Audit.AuditLog.ToJson(Data(firing))!.ToJsonString()));
            (own.Type, own.RuleId) = (EventTypes.AlertFired, channels.RuleId);
            db.OutgoingMessages.Add(own);
        }
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        metrics.Sent("inbox", "delivered");
        return true;
    }

    /// <summary>A plain number, the same for the same value: what a limit is told apart by.</summary>
    public static string Plain(decimal? value) => value?.ToString("0.############", CultureInfo.InvariantCulture) ?? "";

    private static OutgoingMessage Message(AlertFiring firing, string channel, string target, Instant from, string body) => new()
    {
        Id = Guid.CreateVersion7(),
        TenantId = firing.TenantId,
        Channel = channel,
        Target = target,
        Subject = (firing.IsTest ? "[Test] " : "") + firing.Title,
        Body = body,
        FiringId = firing.Id,
        CreatedAt = firing.At,
        NextAt = from,
        State = "waiting",
    };

    private static object Data(AlertFiring firing) => new
    {
        id = firing.Id,
        test = firing.IsTest,
        rule = firing.RuleId,
        described = firing.Described,
        account = firing.Account,
        period = firing.Period,
        title = firing.Title,
        detail = firing.Detail,
        value = firing.Value is null ? null : Plain(firing.Value),
        unit = firing.Unit,
        threshold = Plain(firing.Threshold),
        isForecast = firing.IsForecast,
        against = firing.Against.Length == 0 ? null : firing.Against,
        at = firing.At,
    };

    private static async Task<string> MailTextAsync(InsightsDbContext db, AlertFiring firing, CancellationToken cancel)
    {
        var tenant = await db.Tenants.AsNoTracking().SingleAsync(t => t.Id == firing.TenantId, cancel);
        var at = firing.At.InZone(tenant.Zone);
        return $"""
            {(firing.IsTest ? "This is a test message: nothing has happened.\n\n" : "")}{firing.Title}.
            {firing.Detail}

            Rule: {firing.Described}
            Account: {firing.Account}
            Month: {firing.Period}
            Time: {at.ToString("d MMM yyyy, HH:mm", CultureInfo.InvariantCulture)} {tenant.TermsAt(firing.At).Zone.Id}

            Each threshold is told once a month. Alerts notify; what a budget of a group does beside that is set under Controls. They are checked every 5 minutes.
            You set this rule, or it is about an account that you decide about; change it under Alerts in OpenMeet Insights.

            """.Replace("\r", "", StringComparison.Ordinal);
    }
}

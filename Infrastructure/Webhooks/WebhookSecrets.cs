using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Domain.Webhooks;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Delivery;

namespace OpenMeet.Insights.Infrastructure.Webhooks;

/// <summary>Makes secrets and keeps them encrypted: they sign every message, so a hash is not enough.</summary>
public sealed class WebhookSecrets(IDbContextFactory<InsightsDbContext> contexts, IDataProtectionProvider protection)
{
    private readonly IDataProtector _protector = protection.CreateProtector("OpenMeet.Insights.Webhooks.Secret");

    /// <summary>A new secret, as its owner sees it once and as it is stored.</summary>
    public (string Secret, string Stored) Create()
    {
        var secret = WebhookSignature.Secret(RandomNumberGenerator.GetBytes(32));
        return (secret, _protector.Protect(secret));
    }

    /// <summary>The secret that signs a message; null where its endpoint or rule no longer takes it.</summary>
    public async Task<string?> OfAsync(OutgoingMessage message, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var stored = message.EndpointId is { } endpoint
            ? await db.WebhookEndpoints.Where(w => w.TenantId == message.TenantId && w.Id == endpoint && w.RemovedAt == null && w.DisabledAt == null).Select(w => w.Secret).SingleOrDefaultAsync(cancel)
            : await db.AlertRules.Where(r => r.TenantId == message.TenantId && r.Id == message.RuleId && r.EndedAt == null && r.WebhookUrl == message.Target).Select(r => r.WebhookSecret).SingleOrDefaultAsync(cancel);
        return stored is null ? null : _protector.Unprotect(stored);
    }
}

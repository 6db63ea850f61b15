using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Directory;

/// <summary>Makes, checks and revokes service keys.</summary>
public sealed class ServiceKeyStore(IDbContextFactory<InsightsDbContext> contexts)
{
    /// <summary>All that a key may be allowed.</summary>
    public static IReadOnlyList<string> AllScopes { get; } = ["ingest", "read", "quota", "directory", "admin"];

    /// <summary>Makes a key. The second value is the key itself, told only now.</summary>
    public async Task<(ServiceKey Key, string Secret)> CreateAsync(
        string name, IReadOnlyList<string> scopes, int? tenantId, Instant? expiresAt, int auditTenant, Actor actor, CancellationToken cancel, string? secret = null)
    {
        secret ??= "omi_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var key = new ServiceKey
        {
            Name = name,
            Hash = HashOf(secret),
            Prefix = secret[..Math.Min(8, secret.Length)],
            Scopes = [.. scopes],
            TenantId = tenantId,
            CreatedAt = actor.At,
            ExpiresAt = expiresAt,
        };
        db.ServiceKeys.Add(key);
        db.Note(auditTenant, actor, "key.created", "key:" + name, null, AuditLog.ToJson(new { name, scopes, expiresAt }));
        await db.SaveChangesAsync(cancel);
        return (key, secret);
    }

    /// <summary>The key that belongs to a secret, when it holds now; null otherwise. Notes its use, at most once a minute.</summary>
    public async Task<ServiceKey?> FindAsync(string secret, Instant now, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var hash = HashOf(secret);
        var key = await db.ServiceKeys.AsNoTracking().SingleOrDefaultAsync(k => k.Hash == hash, cancel);
        if (key is null || key.RevokedAt is not null || key.ExpiresAt <= now) return null;
        if (key.LastUsedAt is null || now - key.LastUsedAt > Duration.FromMinutes(1))
        {
            var before = now - Duration.FromMinutes(1);
            try
            {
                await db.ServiceKeys.Where(k => k.Id == key.Id && (k.LastUsedAt == null || k.LastUsedAt < before))
                    .ExecuteUpdateAsync(k => k.SetProperty(x => x.LastUsedAt, now), cancel);
            }
            catch (Exception e) when (PostgresErrors.TakesNoChanges(e) is not null)
            {
                // What is stored can be read also while the disk is full.
            }
        }
        return key;
    }

    /// <summary>All keys, newest first; a bound key's tenant only where one is given.</summary>
    public async Task<IReadOnlyList<ServiceKey>> ListAsync(int tenantId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.ServiceKeys.AsNoTracking().Where(k => k.TenantId == null || k.TenantId == tenantId).OrderByDescending(k => k.Id).ToListAsync(cancel);
    }

    /// <summary>Revokes a key at once; false where there is none. A bound key may revoke only keys of its tenant.</summary>
    public async Task<bool> RevokeAsync(int id, int tenantId, Actor actor, CancellationToken cancel, bool boundOnly = false)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var key = await db.ServiceKeys.SingleOrDefaultAsync(k => k.Id == id && ((k.TenantId == null && !boundOnly) || k.TenantId == tenantId), cancel);
        if (key is null) return false;
        if (key.RevokedAt is null)
        {
            key.RevokedAt = actor.At;
            db.Note(tenantId, actor, "key.revoked", "key:" + key.Name, null, null);
            await db.SaveChangesAsync(cancel);
        }
        return true;
    }

    private static byte[] HashOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}

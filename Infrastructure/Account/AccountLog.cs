using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Account;

/// <summary>Notes in the audit log what people change about their own way in. Secrets are never among it.</summary>
public sealed class AccountLog(IDbContextFactory<InsightsDbContext> contexts, TimeProvider time)
{
    /// <summary>Notes a change that was made.</summary>
    /// <param name="user">Whose account, and who made it.</param>
    /// <param name="action">What was done, such as <c>account.password.changed</c>.</param>
    /// <param name="cancel">Ends the writing.</param>
    /// <param name="before">What was before; null where that is secret, or nothing.</param>
    /// <param name="after">What is now; null where that is secret, or nothing.</param>
    /// <param name="reason">Why, where it was not the person's own wish.</param>
    public async Task NoteAsync(InsightsUser user, string action, CancellationToken cancel, object? before = null, object? after = null, string? reason = null)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var actor = new Actor(user.Email ?? user.Id, Instant.FromDateTimeOffset(time.GetUtcNow()));
        db.Note(user.TenantId, actor, action, "user:" + actor.Name, AuditLog.ToJson(before), AuditLog.ToJson(after), reason);
        await db.SaveChangesAsync(cancel);
    }
}

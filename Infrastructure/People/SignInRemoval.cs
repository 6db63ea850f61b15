using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OpenMeet.Insights.Infrastructure.Account;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.People;

/// <summary>Takes somebody's sign-in away, with all its sessions. What the directory knows of the person stays.</summary>
public sealed class SignInRemoval(IServiceScopeFactory scopes)
{
    /// <summary>Removes a sign-in for good; false where there is none, and where it is the own: so an administrator is always left.</summary>
    /// <param name="tenantId">Whose data the person saw.</param>
    /// <param name="userId">The account.</param>
    /// <param name="actor">Who removes it, by the own address.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<bool> RemoveAsync(int tenantId, string userId, Actor actor, CancellationToken cancel)
    {
        await using var scope = scopes.CreateAsyncScope();
        var (db, users) = (scope.ServiceProvider.GetRequiredService<InsightsDbContext>(), scope.ServiceProvider.GetRequiredService<AccountUsers>());
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        if (await db.Users.SingleOrDefaultAsync(u => u.TenantId == tenantId && u.Id == userId, cancel) is not { } user || user.Email == actor.Name) return false;
        if (!(await users.DeleteAsync(user)).Succeeded) return false;
        db.Note(tenantId, actor, "person.removed", Invitations.TargetOf(user), AuditLog.ToJson(new { user.Email, role = Invitations.RoleOf(user), user = user.UserKey }), null);
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return true;
    }
}

using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>A new installation without a configured administrator: whoever reads the log makes the first one.</summary>
internal sealed class FirstRun(IDbContextFactory<InsightsDbContext> contexts, IServiceScopeFactory scopes, IConfiguration configuration, TimeProvider time, ILogger<FirstRun> logger) : IHostedService
{
    private readonly string _code = RandomNumberGenerator.GetHexString(12, lowercase: true);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (configuration.GetValue("Insights:Demo", false) || await HasPeopleAsync(cancellationToken)) return;
        logger.LogWarning("Nobody can sign in yet. Open /account/first-run and make the administrator with this one-time code: {Code}", _code);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Makes the administrator; null when done, else what is wrong.</summary>
    public async Task<string?> CreateAsync(string email, string password, string code, CancellationToken cancel)
    {
        if (await HasPeopleAsync(cancel)) return "There is an administrator already. Sign in instead.";
        if (!CryptographicOperations.FixedTimeEquals(System.Text.Encoding.UTF8.GetBytes(code), System.Text.Encoding.UTF8.GetBytes(_code)))
            return "The code is not right. It stands in the portal's log.";
        await using var scope = scopes.CreateAsyncScope();
        var tenant = await scope.ServiceProvider.GetRequiredService<TenantStore>().FindAsync(configuration["Insights:Tenant"] ?? "default", cancel);
        var users = scope.ServiceProvider.GetRequiredService<UserManager<InsightsUser>>();
        var made = await users.CreateAsync(new InsightsUser { UserName = email, Email = email, EmailConfirmed = true, TenantId = tenant!.Id, IsAdmin = true }, password);
        if (!made.Succeeded) return string.Join(" ", made.Errors.Select(e => e.Description));
        await using var db = await contexts.CreateDbContextAsync(cancel);
        db.Note(tenant.Id, new Actor("first-run", Instant.FromDateTimeOffset(time.GetUtcNow())), "admin.created", "user:" + email, null, null);
        await db.SaveChangesAsync(cancel);
        return null;
    }

    private async Task<bool> HasPeopleAsync(CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.Users.AnyAsync(cancel);
    }
}

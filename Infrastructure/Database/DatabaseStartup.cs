using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Account;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>Brings the database up to date, and makes what the first start needs.</summary>
public static class DatabaseStartup
{
    /// <summary>
    /// Migrates, spreads the tables where that is configured, makes the default tenant, and on an empty database the first administrator and
    /// the first key where they are configured.
    /// Several portals may do it at once.
    /// </summary>
    public static async Task RunAsync(IServiceProvider services, IConfiguration configuration, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        var now = SystemClock(scope.ServiceProvider);
        var actor = new Actor("start-up", now);
        var contexts = scope.ServiceProvider.GetRequiredService<IDbContextFactory<InsightsDbContext>>();
        await using var gate = await contexts.CreateDbContextAsync(cancel);
        await CreateAsync(gate, cancel);

        // One portal at a time from here on; the lock goes with the connection.
        await gate.Database.OpenConnectionAsync(cancel);
        await gate.Database.ExecuteSqlRawAsync("SELECT pg_advisory_lock(hashtextextended('insights.startup', 0))", cancel);
        await using (var db = await contexts.CreateDbContextAsync(cancel)) await db.Database.MigrateAsync(cancel);
        await DistributedTables.ApplyAsync((NpgsqlConnection)gate.Database.GetDbConnection(), bool.TryParse(configuration["Insights:Database:Distributed"], out var isWanted) && isWanted, cancel);
        var tenants = scope.ServiceProvider.GetRequiredService<TenantStore>();
        var key = configuration["Insights:Tenant"] ?? "default";
        var tenant = await tenants.EnsureAsync(
            new NewTenant(key, key == "default" ? "OpenMeet" : key, configuration["Insights:Currency"] ?? "USD", configuration["Insights:BillingTimeZone"] ?? "UTC"), actor, cancel);
        await BootstrapAsync(scope.ServiceProvider, configuration, gate, tenant, actor, cancel);
        await gate.Database.ExecuteSqlRawAsync("SELECT pg_advisory_unlock(hashtextextended('insights.startup', 0))", cancel);
    }

    private static async Task CreateAsync(InsightsDbContext db, CancellationToken cancel)
    {
        var creator = db.GetService<IRelationalDatabaseCreator>();
        try
        {
            if (!await creator.ExistsAsync(cancel)) await creator.CreateAsync(cancel);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another portal was quicker.
        }
    }

    private static Instant SystemClock(IServiceProvider services) => Instant.FromDateTimeOffset(services.GetRequiredService<TimeProvider>().GetUtcNow());

    private static async Task BootstrapAsync(
        IServiceProvider services, IConfiguration configuration, InsightsDbContext db, Tenant tenant, Actor actor, CancellationToken cancel)
    {
        if (configuration["Insights:Bootstrap:ApiKey"] is { Length: > 0 } secret && !await db.ServiceKeys.AnyAsync(cancel))
        {
            await services.GetRequiredService<ServiceKeyStore>().CreateAsync("bootstrap", ServiceKeyStore.AllScopes, null, null, tenant.Id, actor, cancel, secret);
        }
        if (configuration["Insights:Bootstrap:AdminEmail"] is { Length: > 0 } email && !await db.Users.AnyAsync(cancel))
        {
            var users = services.GetRequiredService<UserManager<InsightsUser>>();
            var admin = new InsightsUser { UserName = email, Email = email, EmailConfirmed = true, TenantId = tenant.Id, IsAdmin = true };
            var password = configuration["Insights:Bootstrap:AdminPassword"] ?? "";
            var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("OpenMeet.Insights");
            var made = await users.CreateAsync(admin, password);
            if (!made.Succeeded && made.Errors.All(e => e.Code == AccountUsers.TriedFirst))
            {
                // Whoever sets the portal up answers for it: a trial on one's own machine is not ended by that.
                admin.PasswordHash = users.PasswordHasher.HashPassword(admin, password);
                made = await users.CreateAsync(admin);
                logger.LogWarning("Insights:Bootstrap:AdminPassword is one of those that are tried first: change it before others reach this portal");
            }
            if (!made.Succeeded)
            {
                throw new StartupException("Insights:Bootstrap:AdminPassword is not good enough: " + string.Join(" ", made.Errors.Select(e => e.Description)));
            }
            db.Note(tenant.Id, actor, "admin.created", "user:" + email, null, null);
            await db.SaveChangesAsync(cancel);
            logger.LogInformation("The first administrator is {Email}", email);
        }
    }
}

/// <summary>The portal cannot start; the message is one sentence for whoever started it.</summary>
public sealed class StartupException(string message, Exception? inner = null) : Exception(message, inner);

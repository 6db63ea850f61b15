using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Infrastructure.Directory;

/// <summary>What a new tenant starts with.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Name">Its name.</param>
/// <param name="Currency">ISO 4217 code.</param>
/// <param name="BillingTimeZone">IANA zone.</param>
public sealed record NewTenant(string Key, string Name, string Currency, string BillingTimeZone);

/// <summary>Changes to a tenant; null leaves a setting as it is.</summary>
public sealed record TenantChange(string? Name, string? Currency, string? BillingTimeZone, string? DefaultPlan, JsonObject? DefaultLimits);

/// <summary>Finds, makes and changes tenants.</summary>
public sealed class TenantStore(IDbContextFactory<InsightsDbContext> contexts)
{
    /// <summary>A tenant by its key, or null.</summary>
    public async Task<Tenant?> FindAsync(string key, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.Tenants.AsNoTracking().SingleOrDefaultAsync(t => t.Key == key, cancel);
    }

    /// <summary>A tenant by its number.</summary>
    public async Task<Tenant> GetAsync(int id, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.Tenants.AsNoTracking().SingleAsync(t => t.Id == id, cancel);
    }

    /// <summary>All tenants, by key.</summary>
    public async Task<IReadOnlyList<Tenant>> ListAsync(CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.Tenants.AsNoTracking().OrderBy(t => t.Key).ToListAsync(cancel);
    }

    /// <summary>Makes a tenant with the default meters, unless its key is known.</summary>
    public async Task<Tenant> EnsureAsync(NewTenant wanted, Actor actor, CancellationToken cancel)
    {
        if (await FindAsync(wanted.Key, cancel) is { } known) return known;
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        var tenant = new Tenant { Key = wanted.Key, Name = wanted.Name, Currency = wanted.Currency, BillingTimeZone = wanted.BillingTimeZone };
        db.Tenants.Add(tenant);
        await db.SaveChangesAsync(cancel);
        foreach (var meter in DefaultMeters.All)
        {
            db.Meters.Add(new MeterDefinition { TenantId = tenant.Id, Slug = meter.Slug, Definition = MeterJson.Write(meter).ToJsonString(), BuiltIn = true, CreatedAt = actor.At });
            await db.SaveChangesAsync(cancel);
        }
        db.Note(tenant.Id, actor, "tenant.created", "tenant:" + tenant.Key, null, Show(tenant));
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return tenant;
    }

    /// <summary>Changes a tenant's settings.</summary>
    public async Task<Tenant> ChangeAsync(int id, TenantChange change, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var tenant = await db.Tenants.SingleAsync(t => t.Id == id, cancel);
        var before = Show(tenant);
        tenant.Name = change.Name ?? tenant.Name;
        tenant.Currency = change.Currency ?? tenant.Currency;
        tenant.BillingTimeZone = change.BillingTimeZone ?? tenant.BillingTimeZone;
        tenant.DefaultPlan = change.DefaultPlan ?? tenant.DefaultPlan;
        tenant.DefaultLimits = change.DefaultLimits?.ToJsonString() ?? tenant.DefaultLimits;
        db.Note(id, actor, "tenant.changed", "tenant:" + tenant.Key, before, Show(tenant));
        await db.SaveChangesAsync(cancel);
        return tenant;
    }

    /// <summary>A tenant as the wire shows it.</summary>
    public static JsonObject Show(Tenant tenant) => new()
    {
        ["key"] = tenant.Key,
        ["name"] = tenant.Name,
        ["currency"] = tenant.Currency,
        ["billingTimeZone"] = tenant.BillingTimeZone,
        ["attribution"] = tenant.Attribution,
        ["defaultPlan"] = tenant.DefaultPlan,
        ["defaultLimits"] = JsonNode.Parse(tenant.DefaultLimits),
    };
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Attribution;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Infrastructure.Directory;

/// <summary>What a new tenant starts with.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Name">Its name.</param>
/// <param name="Currency">ISO 4217 code.</param>
/// <param name="BillingTimeZone">IANA zone.</param>
/// <param name="Attribution">Who carries.</param>
/// <param name="SplitPercent">The group's part under <c>split</c>.</param>
public sealed record NewTenant(string Key, string Name, string Currency, string BillingTimeZone, string Attribution = "group-carries", decimal? SplitPercent = null);

/// <summary>Changes to a tenant; null leaves a setting as it is.</summary>
public sealed record TenantChange(
    string? Name = null, string? Currency = null, string? BillingTimeZone = null, string? Attribution = null, decimal? SplitPercent = null, string? DefaultPlan = null,
    JsonObject? DefaultLimits = null);

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
        var tenant = new Tenant
        {
            Key = wanted.Key,
            Name = wanted.Name,
            Terms = [new TenantTerms(null, wanted.Currency, wanted.BillingTimeZone, wanted.Attribution, wanted.SplitPercent)],
        };
        db.Tenants.Add(tenant);
        await db.SaveChangesAsync(cancel);
        foreach (var meter in DefaultMeters.All)
        {
            db.Meters.Add(new MeterDefinition { TenantId = tenant.Id, Slug = meter.Slug, Definition = MeterJson.Write(meter).ToJsonString(), BuiltIn = true, CreatedAt = actor.At, CountedAt = actor.At });
            await db.SaveChangesAsync(cancel);
        }
        db.Note(tenant.Id, actor, "tenant.created", "tenant:" + tenant.Key, null, Show(tenant, actor.At));
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return tenant;
    }

    /// <summary>
    /// Changes a tenant's settings. Currency, billing zone and attribution change with the coming billing period, so that what was counted
    /// and charged stays as it is; while there is nothing yet that hangs on them, from the beginning.
    /// </summary>
    public async Task<Tenant> ChangeAsync(int id, TenantChange change, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        await TenantLock.AloneAsync(connection, id);
        var tenant = await db.Tenants.SingleAsync(t => t.Id == id, cancel);
        var before = Show(tenant, actor.At);
        tenant.Name = change.Name ?? tenant.Name;
        tenant.DefaultPlan = change.DefaultPlan ?? tenant.DefaultPlan;
        tenant.DefaultLimits = change.DefaultLimits?.ToJsonString() ?? tenant.DefaultLimits;
        var standing = tenant.Terms;
        var hasEvents = await db.Database.SqlQuery<bool>($"SELECT EXISTS (SELECT 1 FROM event_identity WHERE tenant_id = {id}) AS \"Value\"").SingleAsync(cancel);
        if (!hasEvents) tenant.Terms = [.. tenant.Terms.Select(t => Attributed(t, change))];
        var terms = Changed(tenant, change, actor.At, !hasEvents && !await HasMoneyAsync(db, id, cancel));
        var carriersChange = !terms.Select(t => (t.From, t.Policy)).SequenceEqual(standing.Select(t => (t.From, t.Policy)));
        tenant.Terms = terms;
        db.Note(id, actor, "tenant.changed", "tenant:" + tenant.Key, before, Show(tenant, actor.At));
        await db.SaveChangesAsync(cancel);
        if (carriersChange) await CarrierRebuild.RunAsync(connection, id, await MeterCatalog.ChangedAsync(connection, id, cancel), cancel);
        await transaction.CommitAsync(cancel);
        return await GetAsync(id, cancel);
    }

    private static IReadOnlyList<TenantTerms> Changed(Tenant tenant, TenantChange change, Instant now, bool isEmpty)
    {
        var last = isEmpty ? tenant.Terms[0] : tenant.ComingAfter(now) ?? tenant.TermsAt(now);
        var wanted = Attributed(last, change) with { Currency = change.Currency ?? last.Currency, BillingTimeZone = change.BillingTimeZone ?? last.BillingTimeZone };
        if (wanted == last) return tenant.Terms;
        if (isEmpty) return [wanted with { From = null }];
        var standing = tenant.Terms.Where(t => t.From is null || t.From <= now).ToList();
        var running = BillingPeriod.Containing(now, new Tenant { Key = "", Name = "", Terms = standing }.Zone);
        wanted = wanted with { From = SuccessiveZones.Change(running, wanted.Zone) };
        return wanted with { From = standing[^1].From } == standing[^1] ? standing : [.. standing, wanted];
    }

    private static TenantTerms Attributed(TenantTerms terms, TenantChange change)
    {
        var attribution = change.Attribution ?? terms.Attribution;
        return terms with { Attribution = attribution, SplitPercent = attribution == "split" ? change.SplitPercent ?? terms.SplitPercent : null };
    }

    private static async Task<bool> HasMoneyAsync(InsightsDbContext db, int id, CancellationToken cancel) =>
        await db.Rates.AnyAsync(r => r.TenantId == id, cancel) || await db.Bills.AnyAsync(b => b.TenantId == id, cancel) || await db.Plans.AnyAsync(p => p.TenantId == id, cancel);

    /// <summary>A tenant as the wire shows it: what holds now, and what is coming.</summary>
    public static JsonObject Show(Tenant tenant, Instant now)
    {
        var json = new JsonObject { ["key"] = tenant.Key, ["name"] = tenant.Name };
        Show(json, tenant.TermsAt(now));
        json["defaultPlan"] = tenant.DefaultPlan;
        json["defaultLimits"] = JsonNode.Parse(tenant.DefaultLimits);
        json["coming"] = tenant.ComingAfter(now) is { } coming ? Show(new JsonObject { ["from"] = Rfc3339.Format(coming.From!.Value) }, coming) : null;
        return json;
    }

    private static JsonObject Show(JsonObject json, TenantTerms terms)
    {
        json["currency"] = terms.Currency;
        json["billingTimeZone"] = terms.BillingTimeZone;
        json["attribution"] = terms.Attribution;
        if (terms.SplitPercent is { } percent) json["splitPercent"] = percent.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return json;
    }
}

using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Capacity;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Forecasting;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Quotas;
using OpenMeet.Insights.Infrastructure.Upgrades;

namespace OpenMeet.Insights.Infrastructure.Demo;

/// <summary>One of the demo's sign-ins.</summary>
public sealed record DemoSignIn(string Role, string Email, string UserKey, bool IsAdmin);

/// <summary>
/// Puts a year of a made-up community into an empty database. Its events go through the ledger as real ones do.
/// </summary>
public sealed class DemoFill(
    IDbContextFactory<InsightsDbContext> contexts, IServiceScopeFactory scopes, EventLedger ledger, PlanStore plans, CostStore costs, CapacityStore capacities, OverrideStore overrides,
    UpgradeDecisions decisions, UpgradeRules rules, AskFollowUp followUp, ForecastBacktest forecasts, AlertStore alerts, GroupPolicyStore policies, AlertEvaluation evaluation, TimeProvider time)
{
    /// <summary>The password of all three.</summary>
    public const string Password = "Demo-portal-2026";

    private const int Batch = 10_000;

    /// <summary>The three sign-ins.</summary>
    public static IReadOnlyList<DemoSignIn> SignIns { get; } =
    [
        new("member", "member@demo.example", DemoCommunity.MemberKey, false),
        new("manager", "manager@demo.example", DemoCommunity.ManagerKey, false),
        new("admin", "admin@demo.example", DemoCommunity.AdminKey, true),
    ];

    /// <summary>Whether a database may be filled: false where the demo is in it already.</summary>
    /// <exception cref="StartupException">It holds something else.</exception>
    public async Task<bool> IsNeededAsync(Tenant tenant, string? bootstrapEmail, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.Tenants.Where(t => t.Id == tenant.Id).Select(t => t.DemoFilledAt).SingleAsync(cancel) is not null) return false;
        var begun = await db.Audit.AnyAsync(a => a.TenantId == tenant.Id && a.Action == "demo.begun", cancel);
        var events = await db.Database.SqlQuery<bool>($"SELECT EXISTS (SELECT 1 FROM ledger) AS \"Value\"").SingleAsync(cancel);
        var people = await db.Users.AnyAsync(u => u.Email != bootstrapEmail, cancel);
        // A fill that was cut off goes on: the same events count once.
        if ((events || people) && !begun)
            throw new StartupException("Insights:Demo is true, but the database already holds events or people; take an empty database, or set Insights:Demo to false.");
        return true;
    }

    /// <summary>Fills the database; what a fill that was cut off has done already stays as it is.</summary>
    public async Task RunAsync(Tenant tenant, CancellationToken cancel)
    {
        var now = await BeginAsync(tenant, cancel);
        var actor = new Actor("demo", now);
        var community = new DemoCommunity(now);
        await DescribeAsync(tenant, community, cancel);
        await PriceAsync(tenant, community, actor, cancel);
        await EquipAsync(tenant, community, actor, cancel);
        await SendAsync(tenant, community, now, cancel);
        await SignUpAsync(tenant);
        await forecasts.RunAsync(tenant, cancel);
        await new DemoAsks(decisions, rules, followUp).RunAsync(tenant, community, now, cancel);
        await WatchAsync(tenant, actor, cancel);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        // The first pages are read with good plans, before the server has looked at the new rows by itself.
        await db.Database.ExecuteSqlRawAsync("ANALYZE", cancel);
        await db.Tenants.Where(t => t.Id == tenant.Id).ExecuteUpdateAsync(t => t.SetProperty(x => x.DemoFilledAt, now), cancel);
    }

    // The instant at which the fill began is kept: going on later makes the same events again.
    private async Task<Instant> BeginAsync(Tenant tenant, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.Audit.AsNoTracking().FirstOrDefaultAsync(a => a.TenantId == tenant.Id && a.Action == "demo.begun", cancel) is { } begun) return begun.At;
        var now = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
        db.Note(tenant.Id, new Actor("demo", now), "demo.begun", "tenant:" + tenant.Key, null, null);
        await db.SaveChangesAsync(cancel);
        return now;
    }

    private async Task DescribeAsync(Tenant tenant, DemoCommunity community, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.DirectoryGroups.AnyAsync(g => g.TenantId == tenant.Id, cancel)) return;
        db.DirectoryUsers.AddRange(community.Users.Select(u => new DirectoryUser { TenantId = tenant.Id, Key = u.Key, Name = u.Name, Email = u.Email, SeenAt = community.Start }));
        db.DirectoryGroups.AddRange(community.Groups.Select(g => new DirectoryGroup { TenantId = tenant.Id, Key = g.Key, Name = g.Name, TimeZone = g.TimeZone, SeenAt = g.From }));
        db.GroupOwners.AddRange(community.Groups.Select(g => new GroupOwner { TenantId = tenant.Id, GroupKey = g.Key, OwnerKey = g.OwnerKey }));
        foreach (var stay in community.Memberships)
        {
            db.MembershipDescriptions.Add(new MembershipDescription { TenantId = tenant.Id, GroupKey = stay.Group, UserKey = stay.User, At = stay.From, Role = stay.Role });
            if (stay.To is { } end) db.MembershipDescriptions.Add(new MembershipDescription { TenantId = tenant.Id, GroupKey = stay.Group, UserKey = stay.User, At = end });
        }
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        await db.SaveChangesAsync(cancel);
        await MembershipFromEvents.DeriveAsync((NpgsqlConnection)db.Database.GetDbConnection(), tenant.Id, [.. community.Memberships.Select(m => (m.Group, m.User)).Distinct()], cancel);
        await transaction.CommitAsync(cancel);
    }

    private async Task PriceAsync(Tenant tenant, DemoCommunity community, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.PlanAssignments.AnyAsync(a => a.TenantId == tenant.Id, cancel)) return;
        foreach (var draft in community.Plans)
        {
            using var json = JsonDocument.Parse(draft.Json);
            var faults = new List<InputFault>();
            var plan = PlanReader.Read(json.RootElement, _ => true, faults) ?? throw new InvalidOperationException(string.Join("; ", faults.Select(f => f.Path + ": " + f.Detail)));
            if (await plans.NewestAsync(tenant.Id, plan.Key, cancel) is null) await plans.SaveDraftAsync(tenant.Id, plan, actor, cancel);
            await plans.PublishAsync(tenant.Id, plan.Key, community.Start, null, actor, cancel);
        }
        foreach (var rate in community.Rates) await costs.AddRateAsync(tenant.Id, rate.Meter, rate.UnitCost, tenant.CurrencyAt(actor.At), rate.From, actor, cancel);
        foreach (var bill in community.Bills)
        {
            await costs.AddBillAsync(new Bill
            {
                TenantId = tenant.Id,
                Name = bill.Name,
                Period = bill.Period,
                Amount = bill.Amount,
                Currency = tenant.CurrencyAt(actor.At),
                Driver = bill.Driver,
                IdlePercent = bill.IdlePercent ?? 0,
                CreatedAt = actor.At,
                CreatedBy = actor.Name,
            }, actor, cancel);
        }
        foreach (var own in community.Overrides)
        {
            await overrides.SetAsync(new QuotaOverride
            {
                TenantId = tenant.Id,
                Account = $"{own.Kind}:{own.Key}",
                Meter = own.Meter,
                Limit = own.Limit,
                LimitKind = own.LimitKind,
                Reason = own.Reason,
                ExpiresAt = own.ExpiresAt,
                CreatedAt = actor.At,
                CreatedBy = actor.Name,
            }, actor, cancel);
        }
        foreach (var taken in community.Assignments) await plans.AssignAsync(tenant, $"{taken.Kind}:{taken.Key}", taken.Plan, null, taken.From, actor, null, cancel);
    }

    private async Task EquipAsync(Tenant tenant, DemoCommunity community, Actor actor, CancellationToken cancel)
    {
        var entered = await capacities.ListAsync(tenant.Id, cancel);
        foreach (var pool in community.Capacities.Where(p => !entered.Any(e => e.Pool == p.Pool && e.From == p.From)))
        {
            await capacities.SetAsync(new PoolCapacity
            {
                TenantId = tenant.Id,
                Pool = pool.Pool,
                Capacity = pool.Capacity,
                LeadDays = pool.LeadDays,
                From = pool.From,
                Reason = pool.Reason,
                CreatedAt = actor.At,
                CreatedBy = actor.Name,
            }, actor, cancel);
        }
    }

    private async Task SendAsync(Tenant tenant, DemoCommunity community, Instant now, CancellationToken cancel)
    {
        var reader = new EventReader(65_536, Duration.FromHours(1));
        var faults = new List<InputFault>();
        var sending = new List<Task<AppendResult>>();
        foreach (var batch in community.EventsUtf8.Chunk(Batch))
        {
            var events = batch.Select(json => reader.Read(json, now, null, faults)!).ToList();
            if (faults.Count > 0) throw new InvalidOperationException("A demo event does not read: " + faults[0].Path + " " + faults[0].Detail);
            sending.Add(ledger.AppendAsync(tenant.Id, events, partial: false, cancel));
        }
        foreach (var result in await Task.WhenAll(sending))
        {
            if (!result.Stored) throw new InvalidOperationException("A demo event conflicts with a stored one.");
        }
    }

    // The manager's rules for the group that is about to meet its limit; one of them speaks at once.
    private async Task WatchAsync(Tenant tenant, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (!await db.AlertRules.AnyAsync(r => r.TenantId == tenant.Id, cancel))
        {
            AlertRule[] rules =
            [
                new(AlertSubject.Share, DefaultMeters.Storage, null, null, false, AlertRule.DefaultShares),
                new(AlertSubject.Forecast, DefaultMeters.Storage, null, null, false, [30m]),
                new(AlertSubject.Budget, null, null, AlertMoney.Cost, false, AlertRule.DefaultShares, 50m, WithForecast: true),
                new(AlertSubject.Community, null, "active_members", null, true, [20m]),
            ];
            foreach (var rule in rules)
                await alerts.AddAsync(tenant.Id, new AlertDraft("group:" + DemoCharacter.TrailRunners, rule, Mail: false, Webhook: false, null), "user:" + DemoCommunity.ManagerKey, actor, cancel);
        }
        // A default cap and an exception, a budget that asks, and times for files that are tried out but not switched on. Events are never refused, only checks are.
        var budget = await db.AlertRules.Where(r => r.TenantId == tenant.Id && r.Subject == AlertSubject.Budget && r.EndedAt == null).Select(r => (long?)r.Id).FirstOrDefaultAsync(cancel);
        var policy = GroupPolicy.Empty with
        {
            Default = new MemberCap(PerFile: 20_000_000m, PerDay: 250_000_000m, PerMonth: 2_000_000_000m),
            Roles = new Dictionary<string, MemberCap> { ["owner"] = MemberCap.None, ["admin"] = new(PerFile: 500_000_000m) },
            Rights = new MemberRights(CreateEvents: "moderator"),
            Retention = new Retention(false, false, new Dictionary<string, KindRetention> { ["photo"] = new(9, RetentionStart.Event), ["video"] = new(6, RetentionStart.Event) }),
            Budgets = budget is { } asks ? new Dictionary<long, BudgetAction> { [asks] = BudgetAction.Ask } : null,
        };
        if (!await db.GroupPolicies.AnyAsync(p => p.TenantId == tenant.Id, cancel))
            await policies.SetAsync(tenant.Id, DemoCharacter.TrailRunners, policy, "Storage fills up; large videos go to the shared drive", null, new PolicyEditor(actor, null), cancel);
        await evaluation.RunAsync(tenant, cancel);
    }

    private async Task SignUpAsync(Tenant tenant)
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<InsightsUser>>();
        foreach (var signIn in SignIns)
        {
            if (await users.FindByEmailAsync(signIn.Email) is not null) continue;
            var made = await users.CreateAsync(
                new InsightsUser { UserName = signIn.Email, Email = signIn.Email, EmailConfirmed = true, TenantId = tenant.Id, UserKey = signIn.UserKey, IsAdmin = signIn.IsAdmin }, Password);
            if (!made.Succeeded) throw new InvalidOperationException(string.Join(" ", made.Errors.Select(e => e.Description)));
        }
    }
}

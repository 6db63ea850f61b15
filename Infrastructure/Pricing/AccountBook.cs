using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>A carrier whose usage an account pays for, and when.</summary>
/// <param name="Key">The carrier's key as events have it: <c>user:ann</c>, <c>group:slug</c> (also a former slug).</param>
/// <param name="Group">The group's present slug; null for a user.</param>
/// <param name="Range">When the account pays for it.</param>
public sealed record PaidCarrier(string Key, string? Group, TimeRange Range);

/// <summary>
/// Who pays for whom, and on which plan, at any instant: plans, assignments, owners and slugs of one tenant, read once.
/// A group with a plan is an account; one without is paid by its owner; without an owner it is its own account.
/// </summary>
public sealed class AccountBook
{
    private readonly Dictionary<string, string> _presentSlug;
    private readonly ILookup<string, string> _formerSlugs;
    private readonly Dictionary<string, List<GroupOwner>> _owners;
    private readonly ILookup<string, string> _everOwned;
    private readonly Dictionary<string, List<PlanAssignment>> _assignments;
    private readonly Dictionary<(string, int), (Plan Plan, Instant? From)> _plans;
    private readonly Dictionary<string, Plan> _free;
    private readonly Tenant _tenant;

    private AccountBook(Tenant tenant, List<GroupSlug> slugs, List<GroupOwner> owners, List<PlanAssignment> assignments, List<PlanVersion> plans)
    {
        _tenant = tenant;
        _presentSlug = slugs.ToDictionary(s => s.OldKey, s => s.Key, StringComparer.Ordinal);
        _formerSlugs = slugs.ToLookup(s => s.Key, s => s.OldKey, StringComparer.Ordinal);
        _owners = owners.GroupBy(o => o.GroupKey, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.OrderBy(o => o.From ?? Instant.MinValue).ThenBy(o => o.Id).ToList(), StringComparer.Ordinal);
        _everOwned = owners.Where(o => o.OwnerKey != null).Select(o => (o.OwnerKey, o.GroupKey)).Distinct().ToLookup(o => o.OwnerKey!, o => o.GroupKey, StringComparer.Ordinal);
        _assignments = assignments.GroupBy(a => a.Account, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.OrderBy(a => a.From).ThenBy(a => a.Id).ToList(), StringComparer.Ordinal);
        _plans = plans.Where(p => p.Status == "published").ToDictionary(p => (p.Key, p.Version), p => (Read(p), p.EffectiveFrom));
        _free = tenant.Terms.Select(t => t.Currency).Distinct(StringComparer.Ordinal).ToDictionary(c => c, c => new Plan("free", 0, "Free", new Currency(c), 0m, []), StringComparer.Ordinal);
    }

    /// <summary>The book as it would be if an account took a plan's version from an instant on.</summary>
    public AccountBook With(string account, Plan plan, Instant from)
    {
        var taken = _assignments.GetValueOrDefault(account, []);
        var assignments = new Dictionary<string, List<PlanAssignment>>(_assignments, StringComparer.Ordinal)
        {
            [account] = [.. taken.Append(new PlanAssignment { TenantId = _tenant.Id, Account = account, PlanKey = plan.Key, PlanVersion = plan.Version, From = from, Id = long.MaxValue, CreatedBy = "" })
                .OrderBy(a => a.From).ThenBy(a => a.Id)],
        };
        return new AccountBook(this, assignments);
    }

    private AccountBook(AccountBook other, Dictionary<string, List<PlanAssignment>> assignments) =>
        (_tenant, _presentSlug, _formerSlugs, _owners, _everOwned, _plans, _free, _assignments) = (other._tenant, other._presentSlug, other._formerSlugs, other._owners, other._everOwned, other._plans, other._free, assignments);

    /// <summary>The plan of who never got one, until an admin defines it: nothing included, no prices, no limits.</summary>
    public Plan FreeAt(Instant instant) => _free[_tenant.CurrencyAt(instant)];

    /// <summary>Published plans in the currency of an instant, newest version of each that is offered then.</summary>
    public IReadOnlyList<Plan> OfferedAt(Instant instant) =>
        [.. OfferedIn(_tenant.CurrencyAt(instant), instant).GroupBy(p => p.Key).Select(g => g.MaxBy(p => p.Version)!).OrderBy(p => p.Fee).ThenBy(p => p.Key, StringComparer.Ordinal)];

    private IEnumerable<Plan> OfferedIn(string currency, Instant instant) =>
        _plans.Values.Where(p => p.From <= instant && p.Plan.Currency.Code == currency).Select(p => p.Plan);

    /// <summary>Reads a tenant's book.</summary>
    public static async Task<AccountBook> ReadAsync(InsightsDbContext db, Tenant tenant, CancellationToken cancel) => new(
        tenant,
        await db.GroupSlugs.AsNoTracking().Where(s => s.TenantId == tenant.Id).ToListAsync(cancel),
        await db.GroupOwners.AsNoTracking().Where(o => o.TenantId == tenant.Id).ToListAsync(cancel),
        await db.PlanAssignments.AsNoTracking().Where(a => a.TenantId == tenant.Id).ToListAsync(cancel),
        await db.Plans.AsNoTracking().Where(p => p.TenantId == tenant.Id).ToListAsync(cancel));

    /// <summary>A group's present slug.</summary>
    public string PresentSlug(string slug) => _presentSlug.GetValueOrDefault(slug, slug);

    /// <summary>A carrier's or account's key with the group's present slug.</summary>
    public string Present(string key) => key.StartsWith("group:", StringComparison.Ordinal) ? "group:" + PresentSlug(key[6..]) : key;

    /// <summary>All slugs that a group's events may name, the present one first.</summary>
    public IReadOnlyList<string> SlugsOf(string group) => [group, .. _formerSlugs[group]];

    /// <summary>Who owns a group at an instant; null for nobody.</summary>
    public string? OwnerAt(string group, Instant instant) =>
        _owners.TryGetValue(group, out var owners) ? owners.LastOrDefault(o => (o.From ?? Instant.MinValue) <= instant)?.OwnerKey : null;

    /// <summary>Whether an account was given a plan by an instant.</summary>
    public bool HasPlan(string account, Instant instant) => _assignments.TryGetValue(account, out var taken) && taken[0].From <= instant;

    /// <summary>The account that pays for a group at an instant.</summary>
    public string PayerAt(string group, Instant instant) =>
        HasPlan("group:" + group, instant) || OwnerAt(group, instant) is not { } owner ? "group:" + group : "user:" + owner;

    /// <summary>Who pays for a group over a range: stretches in time order.</summary>
    public IReadOnlyList<(TimeRange Range, string Account)> Payers(string group, TimeRange range)
    {
        var cuts = _owners.GetValueOrDefault(group, []).Select(o => o.From ?? Instant.MinValue)
            .Concat(_assignments.GetValueOrDefault("group:" + group, []).Take(1).Select(a => a.From));
        return Stretches(range, cuts, t => PayerAt(group, t));
    }

    /// <summary>
    /// The plan of an account at an instant. A version in a currency that the tenant has left cannot be charged: the newest version of
    /// that plan in the present currency takes its place, and the free plan where there is none.
    /// </summary>
    public Plan PlanAt(string account, Instant instant)
    {
        var currency = _tenant.CurrencyAt(instant);
        var key = _tenant.DefaultPlan;
        if (_assignments.TryGetValue(account, out var taken) && taken.LastOrDefault(a => a.From <= instant) is { } now)
        {
            if (_plans.TryGetValue((now.PlanKey, now.PlanVersion), out var plan) && plan.Plan.Currency.Code == currency) return plan.Plan;
            key = now.PlanKey;
        }
        return OfferedIn(currency, instant).Where(p => p.Key == key).MaxBy(p => p.Version) ?? _free[currency];
    }

    /// <summary>The plans of an account over a range: stretches in time order.</summary>
    public IReadOnlyList<(TimeRange Range, Plan Plan)> PlansOf(string account, TimeRange range)
    {
        var cuts = _assignments.GetValueOrDefault(account, []).Select(a => a.From)
            .Concat(_plans.Values.Select(p => p.From!.Value)).Concat(_tenant.Terms.Select(t => t.From).OfType<Instant>());
        return Stretches(range, cuts, t => PlanAt(account, t));
    }

    /// <summary>The carriers that an account pays for over a range, each with when.</summary>
    public IReadOnlyList<PaidCarrier> CarriersOf(string account, TimeRange range)
    {
        var carriers = new List<PaidCarrier>();
        if (Carrier.TryParse(account, out var carrier) && carrier.IsUser) carriers.Add(new PaidCarrier(account, null, range));
        var groups = carrier.IsGroup ? [carrier.Name] : _everOwned[carrier.Name];
        foreach (var group in groups.Order(StringComparer.Ordinal))
        {
            foreach (var (when, payer) in Payers(group, range).Where(p => p.Account == account))
                carriers.AddRange(SlugsOf(group).Select(slug => new PaidCarrier("group:" + slug, group, when)));
        }
        return carriers;
    }

    private static List<(TimeRange Range, T Value)> Stretches<T>(TimeRange range, IEnumerable<Instant> cuts, Func<Instant, T> at) where T : notnull
    {
        var starts = cuts.Where(c => c > range.From && c < range.To).Prepend(range.From).Distinct().Order().ToArray();
        var stretches = new List<(TimeRange Range, T Value)>();
        for (var i = 0; i < starts.Length; i++)
        {
            var stretch = new TimeRange(starts[i], i + 1 < starts.Length ? starts[i + 1] : range.To);
            var value = at(stretch.From);
            if (stretches.Count > 0 && stretches[^1].Value.Equals(value)) stretches[^1] = (new TimeRange(stretches[^1].Range.From, stretch.To), value);
            else stretches.Add((stretch, value));
        }
        return stretches;
    }

    internal static Plan Read(PlanVersion stored)
    {
        using var json = JsonDocument.Parse(stored.Document);
        var faults = new List<Domain.InputFault>();
        var plan = PlanReader.Read(json.RootElement, _ => true, faults)
            ?? throw new InvalidOperationException($"Plan {stored.Key} v{stored.Version} does not read: " + string.Join("; ", faults.Select(f => f.Detail)));
        return plan with { Version = stored.Version };
    }
}

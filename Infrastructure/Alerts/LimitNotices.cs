using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Attribution;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Quotas;

namespace OpenMeet.Insights.Infrastructure.Alerts;

/// <summary>
/// Tells who decides about an account, without any rule, that nine tenths and that all of a hard limit are used: in the inbox, once each in
/// a month.
/// </summary>
public sealed class LimitNotices(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, MeterCatalog catalog, OverrideStore quotas, AlertTelling telling, TimeProvider time)
{
    // A little below nine tenths: what is summed up here only says whom to ask.
    private const decimal Near = 0.85m;

    /// <summary>Looks at the hard limits of a tenant; how many notices were given.</summary>
    public async Task<int> RunAsync(Tenant tenant, CancellationToken cancel)
    {
        var now = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
        var period = BillingPeriod.Containing(now, tenant.Zone).ToString();
        var told = 0;
        await using var db = await contexts.CreateDbContextAsync(cancel);
        foreach (var (account, meter) in await NearAsync(db, tenant, now, cancel))
        {
            // The answer of the quota check itself.
            var standing = await quotas.StandingAsync(tenant, account, meter.Slug, cancel);
            if (standing is not { Used: { } used, Now: { Limit: { } limit, Kind: LimitKind.Hard } }) continue;
            var reading = new AlertReading(used, limit, meter.Unit);
            var rule = new AlertRule(AlertSubject.Share, meter.Slug, null, null, false, [90m, 100m]);
            var (origin, against) = ($"limit:{meter.Slug}:{account}", AlertTelling.Plain(limit));
            var before = await db.AlertFirings.AsNoTracking().Where(f => f.TenantId == tenant.Id && f.Origin == origin && f.Period == period && f.Against == against)
                .Select(f => new AlertStep(f.Threshold, f.IsForecast)).ToListAsync(cancel);
            foreach (var step in rule.Due(reading, before))
            {
                if (await AlertRecipients.DeciderAsync(db, tenant.Id, account, now, cancel) is not { } decider) continue;
                var firing = new AlertFiring
                {
                    Id = Guid.CreateVersion7(),
                    TenantId = tenant.Id,
                    Origin = origin,
                    Account = account,
                    Subject = rule.Subject,
                    Period = period,
                    Against = against,
                    Threshold = step.Threshold,
                    Value = used,
                    Unit = meter.Unit,
                    Described = $"Notice of a hard limit: {meter.Name} at 90 and 100 %",
                    Title = step.Threshold >= 100 ? $"{meter.Name}: the limit is reached" : AlertText.Title(rule, step, reading, meter.Name),
                    Detail = AlertText.Detail(rule, reading, now.InZone(tenant.Zone).Date)
                        + (step.Threshold >= 100 ? " New use is refused; reading, exporting and deleting go on." : " At the limit new use is refused; reading, exporting and deleting go on."),
                    Recipient = decider,
                    At = now,
                };
                if (await telling.TellAsync(firing, AlertChannels.InboxOnly, cancel)) told++;
            }
        }
        return told;
    }

    private async Task<List<(string Account, Meter Meter)>> NearAsync(InsightsDbContext db, Tenant tenant, Instant now, CancellationToken cancel)
    {
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        var limits = await QuotaLimits.ReadAsync(db, tenant, null, now, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var meters = await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel);
        var limited = meters.All.Where(m => m.Meter.IsPriceable && m.IsWhole).ToList();
        var stock = limited.Where(m => m.Meter.Aggregation == Aggregation.TimeWeightedSum).ToList();
        var used = new Dictionary<(string Account, int Meter), decimal>();
        async Task SumAsync(IEnumerable<StoredMeter> of, TimeRange range)
        {
            foreach (var ((key, id), quantity) in await CarriedQuantities.ReadAsync(snapshot.Connection, tenant.Id, meters.Attribution, of, RollupScope.Carrier, null, range, cancel))
            {
                if (key.Length == 0) continue;
                var meter = limited.Single(m => m.Id == id).Meter;
                var amount = meter.Aggregation == Aggregation.TimeWeightedSum ? quantity.Level.ToDecimal() : quantity.ValueOf(meter) ?? 0m;
                var carrier = book.Present(key);
                Add(carrier, id, amount);
                if (carrier.StartsWith("group:", StringComparison.Ordinal) && book.PayerAt(carrier[6..], now) is var payer && payer != carrier) Add(payer, id, amount);
            }
        }
        void Add(string account, int meter, decimal amount) => used[(account, meter)] = used.GetValueOrDefault((account, meter)) + amount;

        await SumAsync(stock, new TimeRange(now, now + Duration.FromTicks(10)));
        await SumAsync(limited.Except(stock), new TimeRange(BillingPeriod.Containing(now, tenant.Zone).Range.From, now + Duration.FromTicks(10)));
        var near = new List<(string, Meter)>();
        foreach (var ((account, id), amount) in used.OrderBy(u => u.Key.Account, StringComparer.Ordinal).ThenBy(u => u.Key.Meter))
        {
            var meter = limited.Single(m => m.Id == id).Meter;
            var own = account.StartsWith("user:", StringComparison.Ordinal) || book.PayerAt(account[6..], now) == account;
            var limit = limits.Effective(account, meter.Slug, own ? book.PlanAt(account, now) : null);
            if (limit is { Kind: LimitKind.Hard, Limit: { } most } && amount >= Near * most) near.Add((account, meter));
        }
        return near;
    }
}

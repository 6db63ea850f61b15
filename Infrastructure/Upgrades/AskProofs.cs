using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Quotas;

namespace OpenMeet.Insights.Infrastructure.Upgrades;

/// <summary>Holds an ask against what the account really used after it.</summary>
public sealed class AskProofs(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, MeterCatalog catalog, DecisionEvidence evidence)
{
    /// <summary>Whether an ask came true, as far as that can be told now.</summary>
    public async Task<AskOutcome> JudgeAsync(Tenant tenant, DecisionRecord ask, Instant now, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var account = ask.Subject.Account;
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var meters = await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel);
        if (ask.Verdict.Kind == DecisionKind.CheaperPlan) return await SavingAsync(snapshot.Connection, tenant, book, meters, ask, now, cancel);
        if (ask.Meter is null || meters.Find(ask.Meter) is not { } stored) return AskOutcome.Open;
        // Daily amounts reach back eight weeks; a flow's date lies within its month anyhow.
        var days = stored.Meter.IsStorage ? ask.Terms.NearDays : Math.Min(ask.Terms.NearDays, FlowForecast.WeekdayWindowDays - 2);
        var end = tenant.Zone.AtStartOfDay(ask.Today.PlusDays(days + 1)).ToInstant();
        var limits = await QuotaLimits.ReadAsync(db, tenant, account, Instant.Min(now, end - Duration.FromTicks(10)), cancel);
        var after = stored.Meter.IsStorage
            ? (await limits.DailyLevelsAsync(snapshot.Connection, tenant.Id, book, account, tenant.Zone, days + 2, cancel)).Select(d => new DailyValue(d.Day, d.Level))
            : (await limits.DailyAmountsAsync(snapshot.Connection, tenant.Id, book, account, stored, tenant.Zone, cancel)).Select(d => new DailyValue(d.Day, d.Amount));
        var changed = book.PlansOf(account, new TimeRange(ask.ComputedAt, Instant.Max(Instant.Min(now, end), ask.ComputedAt + Duration.FromTicks(10)))).Any(p => p.Plan.Key != ask.Subject.Plan);
        return AskProof.OfLimit(ask, after, now.InZone(tenant.Zone).Date, changed);
    }

    // Each complete cycle since, rated on the plan of then and on the plan that was named.
    private async Task<AskOutcome> SavingAsync(NpgsqlConnection connection, Tenant tenant, AccountBook book, MeterSet meters, DecisionRecord ask, Instant now, CancellationToken cancel)
    {
        var offered = book.OfferedAt(ask.ComputedAt);
        var own = book.PlanAt(ask.Subject.Account, ask.ComputedAt);
        if (offered.FirstOrDefault(p => p.Key == ask.Verdict.Plan) is not { } other || other.Currency != own.Currency) return AskOutcome.Open;
        var maxima = meters.All.Where(m => m.Meter.Aggregation == Aggregation.Max).Select(m => m.Meter.Slug).ToHashSet(StringComparer.Ordinal);
        var cycles = new List<(decimal, decimal)>();
        var period = BillingPeriod.Containing(ask.ComputedAt, tenant.Zone);
        if (period.Range.From < ask.ComputedAt) period = period.Next();
        for (; cycles.Count < 3 && period.Range.To <= now; period = period.Next())
        {
            var used = await evidence.QuantitiesAsync(connection, tenant, book, ask.Subject.Account, period, maxima, cancel);
            decimal On(Plan plan) => StatementRating.Rate(period, [new RatedSegment(period.Range, plan, used)], maxima).Total;
            cycles.Add((On(own), On(other)));
        }
        return AskProof.OfSaving(cycles);
    }
}

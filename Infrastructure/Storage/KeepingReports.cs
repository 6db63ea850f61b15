using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Costs;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Storage;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Pricing;

namespace OpenMeet.Insights.Infrastructure.Storage;

/// <summary>What kept bytes come to over a stretch of time.</summary>
/// <param name="Range">From when to when.</param>
/// <param name="GigabyteMonths">Unrounded.</param>
/// <param name="Cost">To the platform; null without a rate.</param>
/// <param name="Charge">What the account's plan asks on top; null where it is not shown.</param>
public sealed record KeepingSpan(TimeRange Range, decimal GigabyteMonths, Amount? Cost, Amount? Charge);

/// <summary>What bytes cost when they are added at the start of today and kept.</summary>
/// <param name="Bytes">How many.</param>
/// <param name="Rate">Cost of a GB-month now; null without one.</param>
/// <param name="Currency">Of the costs.</param>
/// <param name="PlanName">The plan of the account that pays; null where charges are not shown.</param>
/// <param name="PlanCurrency">Of the charges.</param>
/// <param name="ThisMonth">From today to the month's end.</param>
/// <param name="NextMonth">The whole next month.</param>
/// <param name="Year">A year from today.</param>
public sealed record KeepingCost(
    decimal Bytes, Amount? Rate, Currency Currency, string? PlanName, Currency PlanCurrency, KeepingSpan ThisMonth, KeepingSpan NextMonth, KeepingSpan Year);

/// <summary>Answers what a file costs over time: by the rates in force, and on the present plan as if nothing else changed.</summary>
public sealed class KeepingReports(CostStore costs, UsageReports usage, TimeProvider time)
{
    /// <summary>What more bytes of a user or group would cost.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="account"><c>user:key</c> or <c>group:slug</c>: who carries them. Where somebody else pays, the charge is on that account.</param>
    /// <param name="bytes">How many, not negative.</param>
    /// <param name="charges">Whether the reader may see what the plan asks.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<KeepingCost> OfAsync(Tenant tenant, string account, decimal bytes, bool charges, CancellationToken cancel)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        var today = now.InZone(tenant.Zone).Date;
        var running = BillingPeriod.Containing(now, tenant.Zone);
        var start = Instant.Max(running.Range.From, tenant.Zone.AtStartOfDay(today).ToInstant());
        var kept = new TimeRange(start, tenant.Zone.AtStartOfDay(today.PlusYears(1)).ToInstant());
        var currency = new Currency(tenant.CurrencyAt(now));
        var rates = await RatesAsync(tenant, currency.Code, cancel);
        var payer = charges ? await PayerAsync(tenant, account, running.Range, cancel) : null;
        var row = payer?.Meters.FirstOrDefault(m => m.Meter.IsStorage);

        // The running month has what it comes to anyway, later ones the level of now throughout.
        Amount? Charge(KeptMonth month) => payer?.Plan is { } plan
            ? KeptBytes.AddedCharge(month.Period, plan, DefaultMeters.Storage, month.Period.Range == running.Range ? row?.Value ?? 0m : (row?.Level ?? 0m) / KeptBytes.Gigabyte, month.GigabyteMonths)
            : null;
        var months = KeptBytes.Months(bytes, kept, tenant.Zone, rates).Select(m => (Month: m, Charge: Charge(m))).ToList();
        KeepingSpan Span(IReadOnlyList<(KeptMonth Month, Amount? Charge)> of) => new(
            new TimeRange(of[0].Month.Range.From, of[^1].Month.Range.To), of.Sum(m => m.Month.GigabyteMonths),
            of.All(m => m.Month.Cost is null) ? null : Amount.Sum(of.Select(m => m.Month.Cost).OfType<Amount>(), currency),
            of.Any(m => m.Charge is null) ? null : Amount.Sum(of.Select(m => m.Charge!.Value), of[0].Charge!.Value.Currency));
        return new KeepingCost(
            bytes, RateSchedule.Stretches(rates, new TimeRange(now, now + Duration.FromTicks(10))) is [var (_, rate), ..] ? rate.UnitCost : null, currency,
            payer?.Plan?.Name, payer?.Plan?.Currency ?? currency, Span(months[..1]), Span(months[1..2]), Span(months));
    }

    /// <summary>What a user or group is spared in the whole next month where bytes that are kept now are not kept any more, all else being equal.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="account"><c>user:key</c> or <c>group:slug</c>: who carries them. Where somebody else pays, the charge is on that account.</param>
    /// <param name="bytes">How many, not negative.</param>
    /// <param name="charges">Whether the reader may see what the plan asks.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<KeepingSpan> SavedAsync(Tenant tenant, string account, decimal bytes, bool charges, CancellationToken cancel)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        var running = BillingPeriod.Containing(now, tenant.Zone);
        var next = running.Next();
        var month = KeptBytes.Months(bytes, next.Range, tenant.Zone, await RatesAsync(tenant, tenant.CurrencyAt(now), cancel))[0];
        var payer = charges ? await PayerAsync(tenant, account, running.Range, cancel) : null;
        var level = (payer?.Meters.FirstOrDefault(m => m.Meter.IsStorage)?.Level ?? 0m) / KeptBytes.Gigabyte;
        Amount? charge = payer?.Plan is { } plan && level >= month.GigabyteMonths
            ? KeptBytes.AddedCharge(next, plan, DefaultMeters.Storage, level - month.GigabyteMonths, month.GigabyteMonths) : null;
        return new KeepingSpan(next.Range, month.GigabyteMonths, month.Cost, charge);
    }

    private async Task<List<Rate>> RatesAsync(Tenant tenant, string currency, CancellationToken cancel) =>
        [.. (await costs.RatesAsync(tenant.Id, cancel)).Where(r => r.Meter == DefaultMeters.Storage && r.Currency == currency).OrderBy(r => r.Id).Select(r => new Rate(r.Meter, r.Cost, r.From))];

    private async Task<AccountUsage?> PayerAsync(Tenant tenant, string account, TimeRange month, CancellationToken cancel)
    {
        var found = await ReadAsync(account);
        return found?.PaidBy is { } other ? await ReadAsync(other) : found;

        Task<AccountUsage?> ReadAsync(string key) => key.StartsWith("group:", StringComparison.Ordinal)
            ? usage.GroupAsync(tenant, key[6..], month, byMember: false, cancel)
            : usage.UserAsync(tenant, key[5..], month, cancel);
    }
}

using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Costs;

/// <summary>Reads one bill: the API's body, a form and a line of a file go through the same rules.</summary>
internal static class BillInput
{
    /// <summary>The bill; null where its faults were added to the input's.</summary>
    public static Bill? ReadBill(this BodyInput input, Tenant tenant, MeterSet meters, Actor actor)
    {
        var before = input.Faults.Count;
        var name = input.Key("name", required: true);
        var period = input.Text("period", required: true);
        BillingPeriod month = default;
        if (period is not null && !BillingPeriod.TryParse(period, tenant.Zone, out month)) input.Fault("period", "malformed", "'period' is a month such as 2026-10.");
        var amount = input.Number("amount", required: true, least: 0);
        var currency = input.Currency("currency", tenant, month.Year > 0 ? month.Range.From : null);
        if (amount is { } a && currency is { } c && decimal.Round(a, new Currency(c).MinorDigits) != a) input.Fault("amount", "too_fine", $"'amount' has more decimals than {c} has.");
        var driver = input.Text("driver", required: true);
        if (driver is not null && meters.Find(driver) is var meter)
        {
            if (meter is null) input.Fault("driver", "unknown_meter", $"There is no meter '{driver}'.");
            else if (!meter.Meter.IsAdditive) input.Fault("driver", "not_additive", $"Meter '{driver}' does not add up over time, so it cannot be used here.");
        }
        var idle = input.Number("idlePercent", least: 0) ?? 0;
        if (idle > 100) input.Fault("idlePercent", "out_of_range", "'idlePercent' is from 0 to 100.");
        return input.Faults.Count > before ? null : new Bill
        {
            TenantId = tenant.Id,
            Name = name!,
            Period = period!,
            Amount = amount!.Value,
            Currency = currency!,
            Driver = driver!,
            IdlePercent = idle,
            CreatedAt = actor.At,
            CreatedBy = actor.Name,
        };
    }
}

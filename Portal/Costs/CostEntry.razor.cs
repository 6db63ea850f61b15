using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Costs;

/// <summary>Takes in a bill or a rate.</summary>
public sealed partial class CostEntry
{
    private static readonly Dictionary<string, string> Labels = new()
    {
        ["name"] = "Name",
        ["period"] = "Month",
        ["amount"] = "Amount",
        ["driver"] = "Driver",
        ["idlePercent"] = "Idle",
        ["meter"] = "Meter",
        ["unitCost"] = "Cost of one unit",
        ["from"] = "From",
    };

    private readonly BillFields _bill = new();
    private readonly RateFields _rate = new();
    private List<InputFault> _billFaults = [];
    private List<InputFault> _rateFaults = [];
    private string? _billDone;
    private string? _rateDone;
    private bool _busy;

    [Parameter, EditorRequired]
    public required AdminCostsModel Model { get; set; }

    [Parameter]
    public EventCallback OnSaved { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required CostStore Store { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    private async Task SaveBillAsync()
    {
        _billDone = null;
        _billFaults = [];
        var input = FormInput.Of(_billFaults, ("name", _bill.Name), ("period", _bill.Period), ("amount", _bill.Amount), ("driver", _bill.Driver), ("idlePercent", _bill.Idle));
        var name = input.Key("name", required: true);
        var period = input.Text("period", required: true);
        var month = BillingPeriod.Containing(Instant.FromDateTimeOffset(Clock.GetUtcNow()), Model.Tenant.Zone);
        if (period is not null && !BillingPeriod.TryParse(period, Model.Tenant.Zone, out month)) input.Fault("period", "malformed", "The month must look like 2026-10.");
        var amount = input.Number("amount", required: true, least: 0);
        var currency = new Currency(Model.Tenant.CurrencyAt(month.Range.From));
        if (amount is { } a && decimal.Round(a, currency.MinorDigits) != a) input.Fault("amount", "too_fine", $"The amount has more decimals than {currency} has.");
        var driver = input.Text("driver", required: true);
        if (driver is not null && !Model.Meters.Any(m => m.Meter.Slug == driver && m.Meter.IsAdditive)) input.Fault("driver", "unknown_meter", $"There is no meter '{driver}' that can share a bill.");
        var idle = input.Number("idlePercent", least: 0) ?? 0;
        if (idle > 100) input.Fault("idlePercent", "out_of_range", "Idle is from 0 to 100 %.");
        await SaveAsync(_billFaults, async actor =>
        {
            await Store.AddBillAsync(new Bill
            {
                TenantId = Model.Tenant.Id,
                Name = name!,
                Period = period!,
                Amount = amount!.Value,
                Currency = currency.Code,
                Driver = driver!,
                IdlePercent = idle,
                CreatedAt = actor.At,
                CreatedBy = actor.Name,
            }, actor, default);
            _billDone = $"Saved: {name}, {period}, {Formats.Money(amount, currency.Code)}. Enter it again to correct it.";
        });
    }

    private async Task SaveRateAsync()
    {
        _rateDone = null;
        _rateFaults = [];
        var input = FormInput.Of(_rateFaults, ("meter", _rate.Meter), ("unitCost", _rate.UnitCost), ("from", FormInput.Text(_rate.From)));
        var meter = input.Text("meter", required: true);
        if (meter is not null && !Model.Meters.Any(m => m.Meter.Slug == meter && m.Meter.IsPriceable)) input.Fault("meter", "unknown_meter", $"There is no meter '{meter}' that can be priced.");
        var cost = input.Number("unitCost", required: true, least: 0);
        var from = input.Day("from", Model.Tenant, required: true);
        await SaveAsync(_rateFaults, async actor =>
        {
            var currency = Model.Tenant.CurrencyAt(from!.Value);
            await Store.AddRateAsync(Model.Tenant.Id, meter!, cost!.Value, currency, from!.Value, actor, default);
            _rateDone = $"Saved: {meter} costs {Formats.Number(cost, 12)} {currency} from {Formats.Date(_rate.From)}. A newer rate of the same day takes its place.";
        });
    }

    private async Task SaveAsync(List<InputFault> faults, Func<Infrastructure.Audit.Actor, Task> save)
    {
        if (faults.Count > 0 || _busy) return;
        _busy = true;
        try
        {
            if (await Access.AdminAsync(default) is not { } viewer)
            {
                faults.Add(new InputFault("", "forbidden", "You are no administrator any more. Nothing was stored."));
                return;
            }
            await save(viewer.Actor(Clock));
            await OnSaved.InvokeAsync();
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or Microsoft.EntityFrameworkCore.DbUpdateException)
        {
            faults.Add(new InputFault("", "failed", "It could not be stored. Nothing was changed; please try again."));
        }
        finally
        {
            _busy = false;
        }
    }

    private sealed class BillFields
    {
        public string? Name { get; set; }
        public string? Period { get; set; }
        public string? Amount { get; set; }
        public string? Driver { get; set; }
        public string? Idle { get; set; }
    }

    private sealed class RateFields
    {
        public string? Meter { get; set; }
        public string? UnitCost { get; set; }
        public DateOnly? From { get; set; }
    }
}

using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Metering;
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
    private List<InputFault> _fileFaults = [];
    private string? _billDone;
    private string? _fileDone;
    private string? _rateDone;

    [Parameter, EditorRequired]
    public required AdminCostsModel Model { get; set; }

    [Parameter]
    public EventCallback OnSaved { get; set; }

    [Inject]
    public required CostStore Store { get; init; }

    private async Task SaveBillAsync()
    {
        _billDone = null;
        _billFaults = [];
        var input = FormInput.Of(_billFaults, ("name", _bill.Name), ("period", _bill.Period), ("amount", _bill.Amount), ("currency", BillingPeriod.TryParse(_bill.Period?.Trim(), Model.Tenant.Zone, out var month) ? Model.Tenant.CurrencyAt(month.Range.From) : Model.Tenant.Terms[^1].Currency), ("driver", _bill.Driver), ("idlePercent", _bill.Idle));
        await EnterAsync(_billFaults, async actor =>
        {
            if (input.ReadBill(Model.Tenant, new MeterSet(Model.Meters), actor) is not { } bill) return;
            await Store.AddBillAsync(bill, actor, default);
            _billDone = $"Saved: {bill.Name}, {bill.Period}, {Formats.Money(bill.Amount, bill.Currency)}. Enter it again to correct it.";
        });
    }

    private async Task SaveFileAsync(InputFileChangeEventArgs chosen)
    {
        // Who takes the choice back chooses none.
        if (chosen.FileCount == 0) return;
        _fileDone = null;
        _fileFaults = [];
        await EnterAsync(_fileFaults, async actor =>
        {
            if (chosen.File.Size > BillFile.MostBytes)
            {
                _fileFaults.Add(new InputFault("", "too_large", $"The file has {Formats.Bytes(chosen.File.Size)}; at most {Formats.Bytes(BillFile.MostBytes)} are taken."));
                return;
            }
            await using var stream = chosen.File.OpenReadStream(BillFile.MostBytes);
            if (await BillFile.ReadTextAsync(stream, _fileFaults, default) is not { } text) return;
            var bills = BillFile.Read(text, Model.Tenant, new MeterSet(Model.Meters), actor, _fileFaults);
            if (_fileFaults.Count > 0) return;
            await Store.AddBillsAsync(bills, actor, default);
            _fileDone = $"Saved from {chosen.File.Name}: {Formats.Count(bills.Count, "bill", "bills")}, {string.Join(" and ", bills.GroupBy(b => b.Currency).Select(g => Formats.Money(g.Sum(b => b.Amount), g.Key)))} in all.";
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
        await EnterAsync(_rateFaults, async actor =>
        {
            var currency = Model.Tenant.CurrencyAt(from!.Value);
            await Store.AddRateAsync(Model.Tenant.Id, meter!, cost!.Value, currency, from!.Value, actor, default);
            _rateDone = $"Saved: {meter} costs {Formats.Number(cost, 12)} {currency} from {Formats.Date(_rate.From)}. A newer rate of the same day takes its place.";
        });
    }

    private Task EnterAsync(List<InputFault> faults, Func<Infrastructure.Audit.Actor, Task> enter) => faults.Count > 0 ? Task.CompletedTask : SaveAsync(faults, async viewer =>
    {
        await enter(viewer.Actor(Clock));
        await OnSaved.InvokeAsync();
    });

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

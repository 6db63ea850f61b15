using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Infrastructure.Capacity;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Capacity;

/// <summary>Takes in what a pool can hold or give.</summary>
public sealed partial class CapacityForm
{
    private static readonly Dictionary<string, string> Labels = new() { ["pool"] = "Pool", ["capacity"] = "Capacity", ["from"] = "From", ["leadDays"] = "An order takes, days", ["reason"] = "Reason" };

    private string _pool = "";
    private string? _capacity;
    private DateOnly? _from;
    private string? _lead;
    private string? _reason;
    private string? _done;

    [Parameter, EditorRequired]
    public required CapacityModel Model { get; set; }

    [Parameter]
    public EventCallback OnSaved { get; set; }

    [Inject]
    public required CapacityStore Store { get; init; }

    private async Task EnterAsync()
    {
        (Faults, _done) = ([], null);
        var input = FormInput.Of(Faults, ("pool", _pool), ("capacity", _capacity), ("from", FormInput.Text(_from)), ("leadDays", _lead), ("reason", _reason));
        var key = input.Text("pool", required: true);
        var capacity = input.Number("capacity", required: true, least: 0);
        if (capacity == 0) input.Fault("capacity", "out_of_range", "'capacity' must be more than 0.");
        var from = input.Day("from", Model.Tenant, required: true);
        var lead = input.Number("leadDays", required: true, least: 0);
        if (lead is { } days && (days > 730 || days != decimal.Truncate(days))) input.Fault("leadDays", "out_of_range", "'leadDays' must be a whole number of at most 730.");
        var reason = input.Text("reason", required: true, most: 500);
        if (Faults.Count > 0 || Model.Pools.FirstOrDefault(p => p.Pool.Key == key) is not { } pool) return;
        await SaveAsync(async viewer =>
        {
            var actor = viewer.Actor(Clock);
            var saved = await Store.SetAsync(new PoolCapacity
            {
                TenantId = viewer.Tenant.Id,
                Pool = pool.Pool.Key,
                Capacity = FormInput.InUnit(capacity!.Value, pool.Unit),
                LeadDays = (int)lead!.Value,
                From = from!.Value,
                Reason = reason!,
                CreatedAt = actor.At,
                CreatedBy = actor.Name,
            }, actor, default);
            _done = $"Saved: {pool.Pool.Name} {CapacityWords.Capacity(pool.Pool)} {Formats.Quantity(saved.Capacity, pool.Unit)} from {Formats.Date(_from)}.";
            (_capacity, _reason) = (null, null);
            await OnSaved.InvokeAsync();
        });
    }
}

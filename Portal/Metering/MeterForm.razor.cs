using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Metering;

/// <summary>Makes, changes and archives a meter, by the rules of the API.</summary>
public sealed partial class MeterForm
{
    private MeterFields _fields = MeterFields.New();
    private StoredMeter? _started;
    private bool _asked;

    [Parameter, EditorRequired]
    public required MetersModel Model { get; set; }

    /// <summary>Called with what was done.</summary>
    [Parameter]
    public EventCallback<string> OnSaved { get; set; }

    [Inject]
    public required MeterStore Store { get; init; }

    private StoredMeter? Edited => Model.Edited;

    private bool IsFixed => Edited is { BuiltIn: true };

    private string Description => IsFixed ? "A default meter: what it counts is fixed, its name, description, unit and dimensions are not."
        : Edited is null ? "It counts stored events from the first on." : "Where what it counts changes, all stored events are counted again.";

    protected override void OnParametersSet()
    {
        if (Edited?.Meter.Slug == _started?.Meter.Slug) return;
        _started = Edited;
        (_fields, Faults, _asked) = (Edited is null ? MeterFields.New() : MeterFields.Of(Edited.Meter), [], false);
    }

    private Task StoreAsync() => DoAsync(async actor =>
    {
        if (MeterJson.Read(_fields.Body(IsFixed), (Edited?.Next ?? Edited)?.Meter, Faults) is not { } meter) return null;
        if (Edited is not null)
        {
            var changed = await Store.ChangeAsync(Model.TenantId, meter, actor, default);
            return changed.Next is null ? $"Changed: {meter.Name}." : $"Changed: {meter.Name}. Stored events are being counted; until then the old numbers answer.";
        }
        if (await Store.CreateAsync(Model.TenantId, meter, actor, default) is null)
        {
            Faults.Add(new InputFault("slug", "conflict", $"There is a meter '{meter.Slug}' already."));
            return null;
        }
        _fields = MeterFields.New();
        return $"Made: {meter.Name}. It counts stored events from the first on.";
    });

    private Task ArchiveAsync() => DoAsync(async actor =>
    {
        await Store.ArchiveAsync(Model.TenantId, Edited!, actor, default);
        return $"Archived: {Edited!.Meter.Name}.";
    });

    private async Task DoAsync(Func<Actor, Task<string?>> act)
    {
        if (IsBusy) return;
        Faults = [];
        await SaveAsync(async viewer =>
        {
            try
            {
                if (await act(viewer.Actor(Clock)) is { } done) await OnSaved.InvokeAsync(done);
            }
            catch (NoLongerKeptException e)
            {
                Faults.Add(new InputFault("", "no_longer_kept", e.Message));
            }
        });
    }
}

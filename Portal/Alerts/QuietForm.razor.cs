using Microsoft.AspNetCore.Components;
using NodaTime;
using NodaTime.Text;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Alerts;

/// <summary>When the signed-in person wants no mail and no webhook.</summary>
public sealed partial class QuietForm
{
    private static Dictionary<string, string> Labels => new() { ["from"] = Words.Say("From"), ["to"] = Words.Say("To"), ["zone"] = Words.Say("Time zone") };
    private static readonly LocalTimePattern Pattern = LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    private List<InputFault> _faults = [];
    private TimeOnly? _from = new(22, 0);
    private TimeOnly? _to = new(7, 0);
    private string? _zone;
    private bool _busy;

    [Parameter, EditorRequired]
    public required AlertsModel Model { get; set; }

    [Parameter]
    public EventCallback<string> OnSaved { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required AlertStore Store { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    private string Standing => Model.Quiet is { } q
        ? Words.Say("From {0} to {1} {2}: mail and webhooks of your rules wait until they end, the inbox does not.", Pattern.Format(q.From), Pattern.Format(q.To), q.Zone.Id)
        : Words.Say("None are set. In them mail and webhooks of your rules wait until they end; the inbox does not.");

    protected override void OnInitialized()
    {
        if (Model.Quiet is { } q) (_from, _to) = (q.From.ToTimeOnly(), q.To.ToTimeOnly());
        _zone = Model.Quiet?.Zone.Id ?? Model.Tenant.Terms[^1].Zone.Id;
    }

    private Task SaveAsync()
    {
        _faults = [];
        var zone = _zone is { Length: > 0 } id ? DateTimeZoneProviders.Tzdb.GetZoneOrNull(id.Trim()) : null;
        if (zone is null) _faults.Add(new InputFault("zone", "unknown_zone", Words.Say("'{0}' is no IANA time zone such as Europe/Berlin.", _zone)));
        if (_from is null) _faults.Add(new InputFault("from", "required", Words.Say("'{0}' is required.", "from")));
        if (_to is null) _faults.Add(new InputFault("to", "required", Words.Say("'{0}' is required.", "to")));
        if (_from is not null && _from == _to) _faults.Add(new InputFault("to", "out_of_range", Words.Say("'{0}' must be another time than the start.", "to")));
        if (_faults.Count > 0) return Task.CompletedTask;
        var hours = new QuietHours(LocalTime.FromTimeOnly(_from!.Value), LocalTime.FromTimeOnly(_to!.Value), zone!);
        return SetAsync(hours, Words.Say("Quiet from {0} to {1} {2}.", Pattern.Format(hours.From), Pattern.Format(hours.To), hours.Zone.Id));
    }

    private Task ClearAsync() => SetAsync(null, Words.Say("You have no quiet hours any more."));

    private async Task SetAsync(QuietHours? hours, string done)
    {
        if (_busy) return;
        _busy = true;
        try
        {
            if (await Access.ViewerAsync(default) is not { } viewer) return;
            await Store.SetQuietAsync(viewer.Tenant.Id, viewer.Recipient, hours, viewer.Actor(Clock), default);
            await OnSaved.InvokeAsync(done);
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or Microsoft.EntityFrameworkCore.DbUpdateException || PostgresErrors.IsUnavailable(e))
        {
            _faults = [new InputFault("", "failed", Words.Say("It could not be saved. Nothing was changed; please try again."))];
        }
        finally
        {
            _busy = false;
        }
    }
}

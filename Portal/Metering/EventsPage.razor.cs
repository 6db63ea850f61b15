using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Metering;

/// <summary>Stored events as a page shows them.</summary>
/// <param name="Who">Whose events: a user's key, a group's, or everybody's.</param>
/// <param name="Meter">The meter that they feed; null for all.</param>
/// <param name="Viewed">The range.</param>
/// <param name="Events">Newest first.</param>
/// <param name="More">Whether there are more than shown.</param>
/// <param name="KeptFrom">From when on requests and database operations are kept, where they feed the meter; else null.</param>
public sealed record EventsModel(string Who, StoredMeter? Meter, ViewedRange Viewed, IReadOnlyList<StoredEvent> Events, bool More, Instant? KeptFrom = null);

/// <summary>The events behind a figure: the end of every way down.</summary>
public sealed partial class EventsPage
{
    private const int Most = 200;

    [SupplyParameterFromQuery]
    public string? P { get; set; }

    [SupplyParameterFromQuery]
    public string? From { get; set; }

    [SupplyParameterFromQuery]
    public string? To { get; set; }

    [SupplyParameterFromQuery]
    public string? User { get; set; }

    [SupplyParameterFromQuery]
    public string? Group { get; set; }

    [SupplyParameterFromQuery]
    public string? Meter { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required EventReports Reports { get; init; }

    [Inject]
    public required MeterCatalog Catalog { get; init; }

    private PageState State => PageState.Parse(P, From, To, null, null);

    protected override async Task<EventsModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.ViewerAsync(cancel) is not { } viewer) return null;
        // Own events for everybody; a group's for who may see its usage; all for administrators.
        var user = User ?? (Group is null && !viewer.IsAdmin ? viewer.UserKey : null);
        if (!viewer.IsAdmin)
        {
            var ownOnly = user is not null && user == viewer.UserKey;
            if (!ownOnly && (Group is null || await Access.ForGroupAsync(Group, GroupRight.Usage, cancel) is null)) return null;
        }
        var viewed = ViewedRange.Of(State.Chosen, viewer.Tenant, Clock);
        var meters = await Catalog.GetAsync(viewer.Tenant.Id, cancel);
        var meter = Meter is null ? null : meters.Find(Meter);
        var types = meter?.Meter.Sources.Select(s => s.EventType).Append(meter.Meter.IsStorage ? "file.attached" : "").Where(t => t.Length > 0).Distinct().ToArray();
        var events = await Reports.ListAsync(viewer.Tenant.Id, new EventFilter(user, Group, types, viewed.Range.From, viewed.Range.To, Most + 1), cancel);
        var who = (user, Group) switch { (null, null) => Words.Say("Everybody"), ({ } u, null) => u, (null, { } g) => g, ({ } u, { } g) => Words.Say("{0} in {1}", u, g) };
        return new EventsModel(who, meter, viewed, [.. events.Take(Most)], events.Count > Most, meter is null ? meters.KeptFrom : meter.KeptFrom);
    }
}

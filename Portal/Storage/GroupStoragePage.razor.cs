using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Storage;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Storage;

/// <summary>A group's storage as its page shows it.</summary>
public sealed record GroupStorageModel(ViewedRange Viewed, GroupStorage Storage, string Currency, DateTimeZone Zone);

/// <summary>What a group keeps, who put it there, and what it costs over time.</summary>
public sealed partial class GroupStoragePage
{
    [Parameter]
    public required string Group { get; set; }

    [SupplyParameterFromQuery]
    public string? P { get; set; }

    [SupplyParameterFromQuery]
    public string? From { get; set; }

    [SupplyParameterFromQuery]
    public string? To { get; set; }

    [SupplyParameterFromQuery]
    public string? View { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required GroupStorageReports Reports { get; init; }

    // A year shows how storage came to be; the address leaves it out.
    private PageState State => PageState.Parse(P ?? (From is null ? "12m" : null), From, To, View, null);

    protected override async Task<GroupStorageModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.ForGroupAsync(Group, GroupRight.Usage, cancel) is not { } viewer) return null;
        var viewed = ViewedRange.Of(State.Chosen, viewer.Tenant, Clock);
        return await Reports.GroupAsync(viewer.Tenant, Group, viewed.Range, cancel) is { } storage
            ? new GroupStorageModel(viewed, storage, viewer.Tenant.CurrencyAt(Instant.FromDateTimeOffset(Clock.GetUtcNow())), viewer.Tenant.Zone)
            : null;
    }
}

using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Alerts;

/// <summary>One page of somebody's inbox.</summary>
public sealed record InboxModel(Tenant Tenant, string Recipient, IReadOnlyList<InboxNotice> Notices, int Found, int Unread, ListState List);

/// <summary>What the signed-in person was told, and nobody else's.</summary>
public sealed partial class InboxPage
{
    [SupplyParameterFromQuery]
    public string? Page { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required AlertReports Reports { get; init; }

    [Inject]
    public required AlertStore Store { get; init; }

    [Inject]
    public required InboxSignal Signal { get; init; }

    protected override async Task<InboxModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.ViewerAsync(cancel) is not { } viewer) return null;
        var list = ListState.Parse(null, null, Page);
        var (notices, found, unread) = await Reports.InboxAsync(viewer.Tenant.Id, viewer.Recipient, list.Skip, ListState.PageSize, cancel);
        return new InboxModel(viewer.Tenant, viewer.Recipient, notices, found, unread, list);
    }

    private Task MarkAsync(InboxNotice notice) => MarkAsync(notice.Id, read: notice.ReadAt is null);

    private Task MarkAllAsync() => MarkAsync(null, read: true);

    private async Task MarkAsync(long? id, bool read)
    {
        if (await Access.ViewerAsync(default) is { } viewer)
            await Store.MarkAsync(viewer.Tenant.Id, viewer.Recipient, id, read ? Instant.FromDateTimeOffset(Clock.GetUtcNow()) : null, default);
        await ReloadAsync();
        await Signal.RaiseAsync();
    }
}

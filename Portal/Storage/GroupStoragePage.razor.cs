using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Storage;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Storage;

/// <summary>A group's storage as its page shows it.</summary>
/// <param name="Viewed">The range.</param>
/// <param name="Storage">What is kept.</param>
/// <param name="Question">Whose cost is worked out.</param>
/// <param name="Keeping">The answer.</param>
/// <param name="Zone">The billing zone.</param>
public sealed record GroupStorageModel(ViewedRange Viewed, GroupStorage Storage, KeepingQuestion Question, KeepingCost Keeping, DateTimeZone Zone);

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

    [SupplyParameterFromQuery]
    public string? Mb { get; set; }

    [SupplyParameterFromQuery]
    public string? File { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required GroupStorageReports Reports { get; init; }

    [Inject]
    public required KeepingReports Keeping { get; init; }

    // A year shows how storage came to be; the address leaves it out.
    private PageState State => PageState.Parse(P ?? (From is null ? "12m" : null), From, To, View, null);

    private KeepingQuestion Question => KeepingQuestion.Parse(Mb, File);

    protected override async Task<GroupStorageModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.ForGroupAsync(Group, GroupRight.Usage, cancel) is not { } viewer) return null;
        var viewed = ViewedRange.Of(State.Chosen, viewer.Tenant, Clock);
        if (await Reports.GroupAsync(viewer.Tenant, Group, viewed.Range, cancel) is not { } storage) return null;
        var money = await Access.ForGroupAsync(Group, GroupRight.Money, cancel) is not null;
        var keeping = await Keeping.OfAsync(viewer.Tenant, "group:" + storage.Group, Question.Bytes(storage.Largest.Select(f => (f.File, f.Bytes))), money, cancel);
        return new GroupStorageModel(viewed, storage, Question, keeping, viewer.Tenant.Zone);
    }
}

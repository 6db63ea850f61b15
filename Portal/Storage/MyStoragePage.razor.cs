using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Storage;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Storage;

/// <summary>A member's storage as its page shows it.</summary>
/// <param name="Viewed">The range.</param>
/// <param name="Storage">What is kept, and what groups carry of it.</param>
/// <param name="Question">Whose cost is worked out.</param>
/// <param name="Keeping">The answer.</param>
/// <param name="Managed">Groups whose storage page the member may open.</param>
/// <param name="Zone">The billing zone.</param>
public sealed record MemberStorageModel(
    ViewedRange Viewed, MemberStorage Storage, KeepingQuestion Question, KeepingCost Keeping, IReadOnlyList<string> Managed, DateTimeZone Zone);

/// <summary>What the signed-in person keeps, what groups carry of it, and what it costs over time.</summary>
public sealed partial class MyStoragePage
{
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
    public required MemberStorageReports Reports { get; init; }

    [Inject]
    public required KeepingReports Keeping { get; init; }

    [Inject]
    public required Infrastructure.Directory.DirectoryReports Directory { get; init; }

    // A year shows how storage came to be; the address leaves it out.
    private PageState State => PageState.Parse(P ?? (From is null ? "12m" : null), From, To, View, null);

    private KeepingQuestion Question => KeepingQuestion.Parse(Mb, File);

    protected override async Task<MemberStorageModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.ViewerAsync(cancel) is not { UserKey: { } key, Tenant: var tenant }) return null;
        var viewed = ViewedRange.Of(State.Chosen, tenant, Clock);
        if (await Reports.UserAsync(tenant, key, viewed.Range, cancel) is not { } storage) return null;
        var keeping = await Keeping.OfAsync(tenant, "user:" + key, Question.Bytes(storage.Largest.Select(f => (f.File, f.Bytes))), charges: true, cancel);
        var managed = (await Directory.ManagedGroupsAsync(tenant.Id, key, cancel)).Where(g => g.Role is "owner" or "admin").Select(g => g.Group).ToList();
        return new MemberStorageModel(viewed, storage, Question, keeping, managed, tenant.Zone);
    }
}

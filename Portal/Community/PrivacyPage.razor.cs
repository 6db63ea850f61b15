using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Community;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Community;

/// <summary>What a member chose about being named.</summary>
/// <param name="OptedOut">Whether lists of contributors leave the member out.</param>
public sealed record PrivacyModel(bool OptedOut);

/// <summary>A member's choice about being named in lists of contributors.</summary>
public sealed partial class PrivacyPage
{
    private bool _failed;

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required ContributorReports Reports { get; init; }

    [Inject]
    public required MemberListStore Store { get; init; }

    protected override async Task<PrivacyModel?> ReadAsync(CancellationToken cancel) =>
        await Access.ViewerAsync(cancel) is { UserKey: { } key } viewer ? new PrivacyModel(await Reports.OptedOutAsync(viewer.Tenant.Id, key, cancel)) : null;

    private async Task ChooseAsync(bool isOut)
    {
        _failed = false;
        try
        {
            if (await Access.ViewerAsync(default) is not { UserKey: { } key } viewer) return;
            await Store.OptOutAsync(viewer.Tenant.Id, key, isOut, viewer.Actor(Clock), default);
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or Microsoft.EntityFrameworkCore.DbUpdateException || PostgresErrors.IsUnavailable(e))
        {
            _failed = true;
        }
        await ReloadAsync();
    }
}

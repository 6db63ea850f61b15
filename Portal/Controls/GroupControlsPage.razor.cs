using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>What a group asks of its members.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Controls">The group with its policy and versions.</param>
/// <param name="Effect">What the policy in force would have meant; null where there is none.</param>
/// <param name="Now">Now.</param>
public sealed record ControlsModel(Tenant Tenant, GroupControls Controls, PolicyEffect? Effect, Instant Now);

/// <summary>Upload caps and rights of a group's members, for its owner and admins.</summary>
public sealed partial class GroupControlsPage
{
    private string? _done;

    [Parameter]
    public required string Group { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required GroupPolicyReports Reports { get; init; }

    [Inject]
    public required GroupPolicyStore Store { get; init; }

    protected override async Task<ControlsModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.ForGroupAsync(Group, GroupRight.Usage, cancel) is not { } viewer) return null;
        if (await Reports.ReadAsync(viewer.Tenant, Group, viewer.IsAdmin ? null : viewer.UserKey, cancel) is not { } controls) return null;
        var effect = controls.Policy.IsEmpty ? null : await Reports.EffectAsync(viewer.Tenant, controls, controls.Policy, cancel);
        return new ControlsModel(viewer.Tenant, controls, effect, viewer.Actor(Clock).At);
    }

    private Task SavedAsync(string done)
    {
        _done = done;
        return ReloadAsync();
    }

    private async Task UndoAsync(StoredGroupPolicy version)
    {
        _done = null;
        if (await Access.ForGroupAsync(Group, GroupRight.Usage, default) is { } viewer)
        {
            _done = await Store.UndoAsync(viewer.Tenant.Id, Model!.Controls.Group, version.Id, EditorOf(viewer, Clock), default) switch
            {
                PolicyOutcome.Done => "Taken back: it is as it was before.",
                PolicyOutcome.Changed => "A newer version has taken its place; nothing was changed.",
                PolicyOutcome.TooLate => "Ten minutes have passed; nothing was changed.",
                PolicyOutcome.Refused => "You are neither owner nor admin of this group any more; nothing was changed.",
                _ => "It was taken back already.",
            };
        }
        await ReloadAsync();
    }

    /// <summary>Who changes it: an administrator, or who is owner or admin of the group.</summary>
    internal static PolicyEditor EditorOf(Viewer viewer, TimeProvider clock) => new(viewer.Actor(clock), viewer.IsAdmin ? null : viewer.UserKey);
}

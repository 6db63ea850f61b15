using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>What the pages of a group's controls share: what was done, and taking the newest change back. For the group's owner and admins.</summary>
/// <typeparam name="T">All that the page shows.</typeparam>
public abstract class ControlsPage<T> : LoadingPage<T> where T : class
{
    [Parameter]
    public required string Group { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required GroupPolicyReports Reports { get; init; }

    [Inject]
    public required GroupPolicyStore Store { get; init; }

    /// <summary>What was done last, in a sentence.</summary>
    protected string? Done { get; set; }

    /// <summary>The viewer with the group's controls; null where that person may not see them.</summary>
    protected async Task<(Viewer Viewer, GroupControls Controls)?> OpenAsync(CancellationToken cancel) =>
        await Access.ForGroupAsync(Group, GroupRight.Usage, cancel) is { } viewer && await Reports.ReadAsync(viewer.Tenant, Group, viewer.IsAdmin ? null : viewer.UserKey, cancel) is { } controls
            ? (viewer, controls) : null;

    protected override void Forget() => Done = null;

    protected Task SavedAsync(string done)
    {
        Done = done;
        return ReloadAsync();
    }

    protected async Task UndoAsync(StoredGroupPolicy version)
    {
        Done = null;
        if (await OpenAsync(default) is var (viewer, controls))
        {
            Done = await Store.UndoAsync(viewer.Tenant.Id, controls.Group, version.Id, PolicyForm.EditorOf(viewer, Clock), default) switch
            {
                PolicyOutcome.Done => Words.Say("Taken back: it is as it was before."),
                PolicyOutcome.Changed => Words.Say("A newer version has taken its place; nothing was changed."),
                PolicyOutcome.TooLate => Words.Say("Ten minutes have passed; nothing was changed."),
                PolicyOutcome.Refused => Words.Say("It changed the group's budgets, which only its owner takes back; nothing was changed."),
                _ => Words.Say("It was taken back already."),
            };
        }
        await ReloadAsync();
    }
}

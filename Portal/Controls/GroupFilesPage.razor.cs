using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Storage;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>How long a group keeps its files, and what that would free.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Controls">The group with its policy and versions.</param>
/// <param name="Kinds">The kinds of files that it holds.</param>
/// <param name="Due">What the times in force free, as if they were on; one page of the list.</param>
/// <param name="Saved">What that spares in the next month.</param>
/// <param name="Pins">Files that are kept whatever the times say.</param>
/// <param name="List">Which page.</param>
/// <param name="SeesMoney">Whether charges are shown.</param>
/// <param name="Now">Now.</param>
public sealed record FilesModel(
    Tenant Tenant, GroupControls Controls, IReadOnlyList<DueKind> Kinds, RetentionDue Due, KeepingSpan Saved, IReadOnlyList<PinnedFile> Pins, ListState List, bool SeesMoney, Instant Now)
{
    /// <summary>The retention in force.</summary>
    public Retention Retention => Controls.Policy.Retention ?? Retention.None;
}

/// <summary>Times for files by kind, the dry run, legal hold and pins, for a group's owner and admins.</summary>
public sealed partial class GroupFilesPage
{
    private static string NotAllowed => Words.Say("You are neither owner nor admin of this group any more; nothing was changed.");

    [SupplyParameterFromQuery]
    public string? Page { get; set; }

    [Inject]
    public required RetentionReports Files { get; init; }

    [Inject]
    public required KeepingReports Keeping { get; init; }

    [Inject]
    public required FilePinStore Pins { get; init; }

    /// <summary>What was wrong with the last pin.</summary>
    private string? Fault { get; set; }

    protected override async Task<FilesModel?> ReadAsync(CancellationToken cancel)
    {
        if (await OpenAsync(cancel) is not var (viewer, controls)) return null;
        var (tenant, list) = (viewer.Tenant, ListState.Parse(null, null, Page));
        var due = await Files.DueAsync(tenant, controls, controls.Policy.Retention ?? Retention.None, new DuePage(ListState.PageSize, Skip: list.Skip), cancel);
        return new FilesModel(
            tenant, controls, await Files.KindsAsync(tenant, controls, cancel), due, await Keeping.SavedAsync(tenant, "group:" + controls.Group, due.Effect.Bytes, controls.SeesMoney, cancel),
            await Files.PinsAsync(tenant, controls, cancel), list, controls.SeesMoney, viewer.Actor(Clock).At);
    }

    protected override void Forget() => (Done, Fault) = (null, null);

    private async Task PinAsync((string File, string? Reason) pin)
    {
        (Done, Fault) = (null, null);
        var reason = pin.Reason?.Trim();
        if (string.IsNullOrEmpty(reason)) Fault = Words.Say("Say why {0} is kept: the reason is empty. Nothing was changed.", pin.File);
        else if (await OpenAsync(default) is var (viewer, controls))
        {
            var outcome = await Pins.PinAsync(viewer.Tenant.Id, controls.Group, pin.File, reason, PolicyForm.EditorOf(viewer, Clock), default);
            if (outcome == PolicyOutcome.Done) Done = Words.Say("Pinned: {0} is kept whatever the times say.", pin.File);
            else Fault = outcome == PolicyOutcome.Refused ? NotAllowed : Words.Say("The group does not hold {0} any more; nothing was changed.", pin.File);
        }
        await ReloadAsync();
    }

    private async Task UnpinAsync(string file)
    {
        (Done, Fault) = (null, null);
        if (await OpenAsync(default) is var (viewer, controls))
        {
            var outcome = await Pins.UnpinAsync(viewer.Tenant.Id, controls.Group, file, PolicyForm.EditorOf(viewer, Clock), default);
            if (outcome == PolicyOutcome.Refused) Fault = NotAllowed;
            else Done = outcome == PolicyOutcome.Done ? Words.Say("{0} is not pinned any more: its kind's time holds again.", file) : Words.Say("{0} was not pinned any more.", file);
        }
        await ReloadAsync();
    }
}

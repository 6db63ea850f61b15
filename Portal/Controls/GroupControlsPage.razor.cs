using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>What a group has decided for itself.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Controls">The group with its policy and versions.</param>
/// <param name="Effect">What the caps and rights in force would have meant; null where there are none.</param>
/// <param name="Now">Now.</param>
public sealed record ControlsModel(Tenant Tenant, GroupControls Controls, PolicyEffect? Effect, Instant Now)
{
    /// <summary>The group's budgets as they are, held against the last three months.</summary>
    public IReadOnlyList<BudgetReplay> Replays { get; init; } = [];

    /// <summary>What making images smaller has saved.</summary>
    public MeasuredSaving Saving { get; init; } = new(0, 0, 0, 0);

    /// <summary>What the retention would free; nothing where it has no times.</summary>
    public RetentionEffect Due { get; init; } = RetentionEffect.Nothing;

    /// <summary>The last day of the running month of the billing zone.</summary>
    public LocalDate MonthEnd => BillingPeriod.Containing(Now, Tenant.Zone).Range.To.InZone(Tenant.Zone).Date.PlusDays(-1);
}

/// <summary>Upload caps, rights, budgets, images and files of a group, for its owner and admins; budgets for its owner.</summary>
public sealed partial class GroupControlsPage
{
    [Inject]
    public required GroupBudgets Budgets { get; init; }

    [Inject]
    public required RetentionReports Files { get; init; }

    [Inject]
    public required ImageReports Images { get; init; }

    protected override async Task<ControlsModel?> ReadAsync(CancellationToken cancel)
    {
        if (await OpenAsync(cancel) is not var (viewer, controls)) return null;
        var (tenant, policy) = (viewer.Tenant, controls.Policy);
        return new ControlsModel(tenant, controls, policy.IsEmpty ? null : await Reports.EffectAsync(tenant, controls, policy, cancel), viewer.Actor(Clock).At)
        {
            Replays = await Budgets.ReplayAsync(tenant, controls.Group, controls.Budgets, cancel),
            Saving = await Images.SavingAsync(tenant, controls.Group, cancel),
            Due = policy.Retention is { } retention ? (await Files.DueAsync(tenant, controls, retention, new DuePage(0), cancel)).Effect : RetentionEffect.Nothing,
        };
    }

    private async Task AnswerAsync((long Rule, BudgetAnswer Answer) said)
    {
        Done = null;
        if (await Access.ForGroupAsync(Group, GroupRight.Money, default) is { } viewer)
        {
            Done = await Budgets.AnswerAsync(viewer.Tenant, Model!.Controls.Group, said.Rule, said.Answer, PolicyForm.EditorOf(viewer, Clock), default) switch
            {
                PolicyOutcome.Done when said.Answer == BudgetAnswer.GoOn => Words.Say("Uploads go on until {0}. You can say otherwise at any time.", Formats.Day(Model.MonthEnd)),
                PolicyOutcome.Done => Words.Say("New uploads are paused until {0}. You can say otherwise at any time.", Formats.Day(Model.MonthEnd)),
                PolicyOutcome.Refused => Words.Say("Only the owner of the group decides about its budgets; nothing was changed."),
                _ => Words.Say("Nothing is asked of this budget any more; nothing was changed."),
            };
        }
        await ReloadAsync();
    }
}

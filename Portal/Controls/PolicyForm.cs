using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>What the forms of a group's policy share: who may, what is wrong, and saving what was looked at.</summary>
public abstract class PolicyForm : ComponentBase
{
    /// <summary>The group as the form was opened on it.</summary>
    [Parameter, EditorRequired]
    public required GroupControls Controls { get; set; }

    /// <summary>Called with what to tell, when it is saved.</summary>
    [Parameter]
    public EventCallback<string> OnSaved { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required GroupPolicyReports Reports { get; init; }

    [Inject]
    public required GroupPolicyStore Store { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    /// <summary>All that is wrong.</summary>
    protected List<InputFault> Faults { get; set; } = [];

    /// <summary>Why, as it was typed.</summary>
    protected string? Reason { get; set; }

    /// <summary>Whether it is being saved.</summary>
    protected bool IsBusy { get; private set; }

    /// <summary>What somebody needs to change this part.</summary>
    protected virtual GroupRight Right => GroupRight.Usage;

    /// <summary>The version that the form was opened on; 0 for none.</summary>
    protected long Version => Controls.InForce?.Id ?? 0;

    /// <summary>The viewer, where that person may change this part now; a fault otherwise.</summary>
    protected async Task<Viewer?> AllowedAsync()
    {
        var viewer = await Access.ForGroupAsync(Controls.Group, Right, default);
        if (viewer is null) Refuse();
        return viewer;
    }

    /// <summary>Shows what a change would mean, to who may make it; where that cannot be read now, a fault.</summary>
    protected async Task LookAsync(Func<Viewer, Task> look)
    {
        if (IsBusy) return;
        (IsBusy, Faults) = (true, []);
        try
        {
            if (await AllowedAsync() is { } viewer) await look(viewer);
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException || PostgresErrors.IsUnavailable(e))
        {
            Faults = [new InputFault("", "failed", Words.Say("It could not be read. Nothing was changed; please try again."))];
        }
        finally
        {
            IsBusy = false;
        }
    }

    /// <summary>The policy in force with one part of it as it was typed, and with the reason; null where something is wrong.</summary>
    private protected WantedPolicy? With(string part, JsonObject typed)
    {
        var body = new JsonObject { [part] = typed, ["version"] = Version };
        if (!string.IsNullOrWhiteSpace(Reason)) body["reason"] = Reason;
        return PolicyInput.Change(JsonSerializer.SerializeToElement(body), Controls, Faults);
    }

    /// <summary>Saves a policy in place of the one that the form was opened on; whether it holds now.</summary>
    private protected async Task<bool> SaveAsync(WantedPolicy wanted)
    {
        if (IsBusy) return false;
        IsBusy = true;
        try
        {
            if (await AllowedAsync() is not { } viewer) return false;
            var (outcome, _) = await Store.SetAsync(viewer.Tenant.Id, Controls.Group, wanted.Policy, wanted.Reason, wanted.Version, EditorOf(viewer, Clock), default);
            if (outcome == PolicyOutcome.Done) return true;
            if (outcome == PolicyOutcome.Changed) Faults = [new InputFault("", "changed", Words.Say("Somebody has changed the controls since you opened the page. Nothing was saved; load the page again."))];
            else Refuse();
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or Microsoft.EntityFrameworkCore.DbUpdateException || PostgresErrors.IsUnavailable(e))
        {
            Faults = [new InputFault("", "failed", Words.Say("It could not be saved. Nothing was changed; please try again."))];
        }
        finally
        {
            IsBusy = false;
        }
        return false;
    }

    /// <summary>Who changes it: an administrator, or who is owner or admin of the group.</summary>
    internal static PolicyEditor EditorOf(Viewer viewer, TimeProvider clock) => new(viewer.Actor(clock), viewer.IsAdmin ? null : viewer.UserKey);

    private void Refuse() => Faults = [new InputFault("", "forbidden", Words.Say(Right == GroupRight.Money ? "You do not own this group any more. Nothing was saved." : "You are neither owner nor admin of this group any more. Nothing was saved."))];
}

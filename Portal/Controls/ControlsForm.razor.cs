using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>Takes in a group's policy: first what it would have meant, then the saving.</summary>
public sealed partial class ControlsForm
{
    private List<InputFault> _faults = [];
    private ControlsDraft _draft = ControlsDraft.Of(GroupPolicy.Empty);
    private Preview? _preview;
    private bool _busy;

    [Parameter, EditorRequired]
    public required ControlsModel Model { get; set; }

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

    private sealed record Preview(WantedPolicy Wanted, PolicyEffect Effect);

    private IReadOnlyDictionary<string, string> Labels
    {
        get
        {
            var labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["reason"] = "Reason" };
            void Add(string path, string who)
            {
                labels[path] = who;
                foreach (var (name, span) in new[] { ("perFile", "one file"), ("perDay", "a day"), ("perMonth", "a month") }) labels[$"{path}.{name}"] = $"{who}, {span}";
            }
            Add("default", "Default");
            foreach (var role in _draft.Roles) Add("roles." + role.Key, "Role " + role.Key);
            foreach (var member in _draft.Members) Add("members." + member.Key, Model.Controls.NameOf(member.Key));
            return labels;
        }
    }

    protected override void OnInitialized() => _draft = ControlsDraft.Of(Model.Controls.Policy);

    private IEnumerable<(string User, string Name, string Role)> Choices(string chosen) =>
        Model.Controls.Members.Where(m => m.User == chosen || _draft.Members.All(d => d.Key != m.User));

    private void Add()
    {
        Touched();
        _draft.Members.Add(new CapDraft { Overrides = true });
    }

    private void Remove(CapDraft member)
    {
        Touched();
        _draft.Members.Remove(member);
    }

    // What is saved is what was looked at.
    private void Touched() => _preview = null;

    private async Task PreviewAsync()
    {
        (_faults, _preview) = ([], null);
        if (await AllowedAsync() is not { } viewer) return;
        var version = Model.Controls.InForce?.Id ?? 0;
        if (PolicyInput.Read(_draft.ToJson(version), Model.Controls, ControlsDraft.Megabyte, _faults) is not { } wanted) return;
        _preview = new Preview(wanted, await Reports.EffectAsync(viewer.Tenant, Model.Controls, wanted.Policy, default));
    }

    private async Task SaveAsync()
    {
        if (_preview is not { } preview || _busy) return;
        _busy = true;
        try
        {
            if (await AllowedAsync() is not { } viewer) return;
            var (wanted, group) = (preview.Wanted, Model.Controls.Group);
            var (outcome, _) = await Store.SetAsync(viewer.Tenant.Id, group, wanted.Policy, wanted.Reason, wanted.Version, GroupControlsPage.EditorOf(viewer, Clock), default);
            switch (outcome)
            {
                case PolicyOutcome.Done: await OnSaved.InvokeAsync("Saved. " + ControlsWords.Sentence(wanted.Policy)); break;
                case PolicyOutcome.Changed: _faults = [new InputFault("", "changed", "Somebody has changed the controls since you opened the page. Nothing was saved; load the page again.")]; break;
                default: Refuse(); break;
            }
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or Microsoft.EntityFrameworkCore.DbUpdateException)
        {
            _faults = [new InputFault("", "failed", "It could not be saved. Nothing was changed; please try again.")];
        }
        finally
        {
            _busy = false;
        }
    }

    private async Task<Viewer?> AllowedAsync()
    {
        var viewer = await Access.ForGroupAsync(Model.Controls.Group, GroupRight.Usage, default);
        if (viewer is null) Refuse();
        return viewer;
    }

    private void Refuse() => _faults = [new InputFault("", "forbidden", "You are neither owner nor admin of this group any more. Nothing was saved.")];
}

using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>Takes in a group's policy: first what it would have meant, then the saving.</summary>
public sealed partial class ControlsForm
{
    private ControlsDraft _draft = ControlsDraft.Of(GroupPolicy.Empty);
    private Preview? _preview;

    private sealed record Preview(WantedPolicy Wanted, PolicyEffect Effect);

    private IReadOnlyDictionary<string, string> Labels
    {
        get
        {
            var labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["reason"] = Words.Say("Reason") };
            void Add(string path, string who)
            {
                labels[path] = who;
                labels[path + ".perFile"] = Words.Say("{0}, one file", who);
                labels[path + ".perDay"] = Words.Say("{0}, a day", who);
                labels[path + ".perMonth"] = Words.Say("{0}, a month", who);
            }
            Add("default", Words.Say("Default"));
            foreach (var role in _draft.Roles) Add("roles." + role.Key, Words.Say("Role {0}", ControlsWords.Role(role.Key)));
            foreach (var member in _draft.Members) Add("members." + member.Key, Controls.NameOf(member.Key));
            return labels;
        }
    }

    protected override void OnInitialized() => _draft = ControlsDraft.Of(Controls.Policy);

    private IEnumerable<(string User, string Name, string Role)> Choices(string chosen) =>
        Controls.Members.Where(m => m.User == chosen || _draft.Members.All(d => d.Key != m.User));

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

    private Task PreviewAsync() => LookAsync(async viewer =>
    {
        _preview = null;
        if (PolicyInput.Read(_draft.ToJson(Version), Controls, ControlsDraft.Megabyte, Faults) is not { } wanted) return;
        _preview = new Preview(wanted, await Reports.EffectAsync(viewer.Tenant, Controls, wanted.Policy, default));
    });

    private async Task SaveAsync()
    {
        if (_preview is { Wanted: var wanted } && await SaveAsync(wanted)) await OnSaved.InvokeAsync(Words.Say("Saved.") + " " + ControlsWords.Sentence(wanted.Policy));
    }
}

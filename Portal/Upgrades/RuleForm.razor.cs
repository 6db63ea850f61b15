using System.Globalization;
using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Upgrades;

/// <summary>Drafts a version of the rule.</summary>
public sealed partial class RuleForm
{
    private static readonly Dictionary<string, string> Labels = new()
    {
        ["nearDays"] = "Near", ["habitCycles"] = "Habit", ["neededDays"] = "Needed", ["solvedDays"] = "Solved", ["sureDays"] = "Sure: days", ["sureError"] = "Sure: error", ["savingNeeded"] = "Saving needed",
    };

    private string? _near, _habit, _needed, _solved, _sureDays, _sureError, _saving, _note;
    private int? _filledFor;

    [Parameter, EditorRequired]
    public required RulesModel Model { get; set; }

    [Parameter]
    public EventCallback<string> OnSaved { get; set; }

    [Inject]
    public required UpgradeRules Rules { get; init; }

    private RuleFigures? Draft => Model.Rules.FirstOrDefault(r => r.Rule.State == "draft");

    protected override void OnParametersSet()
    {
        var version = Draft?.Rule.Version ?? 0;
        if (_filledFor == version) return;
        _filledFor = version;
        var terms = Draft?.Rule.Terms ?? Model.Applied.Terms;
        string Text(decimal value) => value.ToString("0.######", CultureInfo.InvariantCulture);
        (_near, _habit, _needed, _solved) = (Text(terms.NearDays), Text(terms.HabitCycles), Text(terms.NeededDays), Text(terms.SolvedDays));
        (_sureDays, _sureError, _saving, _note) = (Text(terms.SureDays), Text(terms.SureError), Text(terms.SavingNeeded), Draft?.Rule.Note);
    }

    private async Task DraftAsync()
    {
        Faults = [];
        await SaveAsync(async viewer =>
        {
            var input = FormInput.Of(Faults, ("nearDays", _near), ("habitCycles", _habit), ("neededDays", _needed), ("solvedDays", _solved), ("sureDays", _sureDays), ("sureError", _sureError), ("savingNeeded", _saving), ("note", _note));
            var terms = RuleInput.Terms(input, Model.Applied.Terms);
            var note = input.Text("note", most: 500);
            if (Faults.Count > 0) return;
            var draft = await Rules.DraftAsync(viewer.Tenant.Id, terms, note, viewer.Actor(Clock), default);
            await OnSaved.InvokeAsync($"Version {draft.Version} is drafted.");
        });
    }
}

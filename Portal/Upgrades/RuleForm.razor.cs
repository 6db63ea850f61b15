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

    private List<InputFault> _faults = [];
    private string? _near, _habit, _needed, _solved, _sureDays, _sureError, _saving, _note;
    private int? _filledFor;
    private bool _busy;

    [Parameter, EditorRequired]
    public required RulesModel Model { get; set; }

    [Parameter]
    public EventCallback<string> OnSaved { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required UpgradeRules Rules { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

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

    private async Task SaveAsync()
    {
        if (_busy) return;
        _busy = true;
        _faults = [];
        try
        {
            var input = FormInput.Of(_faults, ("nearDays", _near), ("habitCycles", _habit), ("neededDays", _needed), ("solvedDays", _solved), ("sureDays", _sureDays), ("sureError", _sureError), ("savingNeeded", _saving), ("note", _note));
            var terms = RuleInput.Terms(input, Model.Applied.Terms);
            var note = input.Text("note", most: 500);
            if (await Access.AdminAsync(default) is not { } viewer) input.Fault("", "forbidden", "You are no administrator any more. Nothing was stored.");
            else if (_faults.Count == 0)
            {
                var draft = await Rules.DraftAsync(viewer.Tenant.Id, terms, note, viewer.Actor(Clock), default);
                await OnSaved.InvokeAsync($"Version {draft.Version} is drafted.");
            }
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or Microsoft.EntityFrameworkCore.DbUpdateException)
        {
            _faults.Add(new InputFault("", "failed", "It could not be stored. Nothing was changed; please try again."));
        }
        finally
        {
            _busy = false;
        }
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>Takes in what happens at each budget: first what it would have meant, then the saving.</summary>
public sealed partial class BudgetsForm
{
    private readonly Dictionary<long, string> _chosen = [];
    private Preview? _preview;

    /// <summary>The budgets as they are, held against the last three months.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<BudgetReplay> Replays { get; set; }

    [Parameter, EditorRequired]
    public Instant Now { get; set; }

    [Inject]
    public required GroupBudgets Budgets { get; init; }

    [Inject]
    public required BudgetWatch Watch { get; init; }

    protected override GroupRight Right => GroupRight.Money;

    private sealed record Preview(WantedPolicy Wanted, IReadOnlyList<BudgetReplay> Replays, IReadOnlyList<string> AtOnce);

    private Dictionary<string, string> Labels => Controls.Budgets.ToDictionary(b => "budgets." + Key(b.Rule), b => Capital(BudgetWords.Name(b))).Append(new("reason", Words.Say("Reason"))).ToDictionary();

    // A budget that was set under Alerts meanwhile stands here too, as it is.
    private string Chosen(BudgetStanding budget) => _chosen.GetValueOrDefault(budget.Rule) ?? budget.Action.ToString().ToLowerInvariant();

    private void Choose(long rule, string word)
    {
        Touched();
        _chosen[rule] = word;
    }

    // What is saved is what was looked at.
    private void Touched() => _preview = null;

    private Task PreviewAsync() => LookAsync(async viewer =>
    {
        _preview = null;
        if (With("budgets", new JsonObject(Controls.Budgets.Select(b => KeyValuePair.Create(Key(b.Rule), (JsonNode?)Chosen(b))))) is not { } wanted) return;
        BudgetStanding[] then = [.. Controls.Budgets.Select(b => b with { Action = wanted.Policy.ActionOf(b.Rule), Answer = null })];
        _preview = new Preview(wanted, await Budgets.ReplayAsync(viewer.Tenant, Controls.Group, then, default), [.. then.Select(AtOnce).OfType<string>()]);
    });

    private static string? AtOnce(BudgetStanding budget) => budget.State switch
    {
        BudgetState.Paused => Words.Say("the {0} is used up: new uploads pause at once", BudgetWords.Name(budget)),
        BudgetState.Asked => Words.Say("the {0} is used up: you are asked at once", BudgetWords.Name(budget)),
        BudgetState.Unknown when budget.Action == BudgetAction.Pause => Words.Say("the {0} is measured when you save; where it is used up already, it pauses at once", BudgetWords.Name(budget)),
        BudgetState.Unknown when budget.Action == BudgetAction.Ask => Words.Say("the {0} is measured when you save; where it is used up already, it asks at once", BudgetWords.Name(budget)),
        _ => null,
    };

    private async Task SaveAsync()
    {
        if (_preview is not { Wanted: var wanted } || !await SaveAsync(wanted)) return;
        if (await AllowedAsync() is { } viewer) await Watch.MeasureAsync(viewer.Tenant, Controls.Group, default);
        await OnSaved.InvokeAsync(Words.Say("Saved: {0}.", string.Join("; ", Controls.Budgets.Select(b => Words.Say(wanted.Policy.ActionOf(b.Rule) switch { BudgetAction.Pause => "the {0} pauses new uploads", BudgetAction.Ask => "the {0} asks you", _ => "the {0} notifies" }, BudgetWords.Name(b))))));
    }

    private string? Past(BudgetStanding budget) => Replays.FirstOrDefault(r => r.Rule == budget.Rule) is { } replay ? BudgetWords.Past(replay) : null;

    private string Name(long rule) => BudgetWords.Name(Controls.Budgets.First(b => b.Rule == rule));

    private static string So(BudgetStanding budget) => budget.Cost is { } cost ? Words.Say("{0} of {1}", Formats.Money(cost), Formats.Money(budget.Amount)) : Formats.Unknown;

    private static string Key(long rule) => rule.ToString(CultureInfo.InvariantCulture);

    private static string Capital(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}

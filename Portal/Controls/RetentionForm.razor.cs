using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Infrastructure.Storage;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>Takes in how long files are kept: first what that would free, then the saving.</summary>
public sealed partial class RetentionForm
{
    private const int Largest = 5;

    private readonly List<Line> _lines = [];
    private bool _on;
    private bool _hold;
    private Preview? _preview;

    /// <summary>The kinds of files that the group holds.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<DueKind> Kinds { get; set; }

    /// <summary>Whether charges are shown.</summary>
    [Parameter]
    public bool SeesMoney { get; set; }

    [Inject]
    public required RetentionReports Files { get; init; }

    [Inject]
    public required KeepingReports Keeping { get; init; }

    private sealed class Line(string kind)
    {
        public string Kind => kind;
        public string? Months { get; set; }
        public string After { get; set; } = "upload";
    }

    private sealed record Preview(WantedPolicy Wanted, Retention Retention, RetentionDue Due, KeepingSpan Saved, DateOnly Month);

    private Dictionary<string, string> Labels => _lines.ToDictionary(l => $"retention.kinds.{l.Kind}.months", l => Words.Say("{0}: months", Named(l.Kind))).Append(new("reason", Words.Say("Reason"))).ToDictionary();

    protected override void OnInitialized()
    {
        var retention = Controls.Policy.Retention ?? Retention.None;
        (_on, _hold) = (retention.On, retention.LegalHold);
        foreach (var kind in Kinds.Select(k => k.Kind).OfType<string>().Concat(retention.Kinds.Keys).Where(k => k != Retention.Other).Distinct(StringComparer.Ordinal).Append(Retention.Other))
        {
            var line = retention.Kinds.GetValueOrDefault(kind);
            _lines.Add(new Line(kind) { Months = line?.Months.ToString(CultureInfo.InvariantCulture), After = line?.After == RetentionStart.Event ? "event" : "upload" });
        }
    }

    // What is saved is what was looked at.
    private void Touched() => _preview = null;

    private Task PreviewAsync() => LookAsync(async viewer =>
    {
        _preview = null;
        var kinds = new JsonObject(_lines.Where(l => !string.IsNullOrWhiteSpace(l.Months)).Select(l => KeyValuePair.Create(l.Kind, (JsonNode?)new JsonObject { ["months"] = l.Months!.Trim(), ["after"] = l.After })));
        if (With("retention", new JsonObject { ["on"] = _on, ["legalHold"] = _hold, ["kinds"] = kinds }) is not { Policy.Retention: { } retention } wanted) return;
        var due = await Files.DueAsync(viewer.Tenant, Controls, retention, new DuePage(Largest), default);
        var saved = await Keeping.SavedAsync(viewer.Tenant, "group:" + Controls.Group, due.Effect.Bytes, SeesMoney, default);
        _preview = new Preview(wanted, retention, due, saved, saved.Range.From.InZone(viewer.Tenant.Zone).Date.ToDateOnly());
    });

    private async Task SaveAsync()
    {
        if (_preview is { } preview && await SaveAsync(preview.Wanted)) await OnSaved.InvokeAsync(Words.Say("Saved: {0}.", State(preview.Retention)));
    }

    private static string Named(string kind) => char.ToUpperInvariant(RetentionWords.Kind(kind)[0]) + RetentionWords.Kind(kind)[1..];

    private static string State(Retention retention)
    {
        var times = retention.Kinds.Count == 0 ? Words.Say("all is kept") : string.Join("; ", retention.Kinds.Select(k => $"{RetentionWords.Kind(k.Key)} {RetentionWords.Of(k.Value)}"));
        return Words.Say(retention.LegalHold ? "legal hold, nothing leaves: {0}" : retention.On ? "on: {0}" : "off: {0}", times);
    }
}

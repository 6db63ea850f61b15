using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>Takes in how a group's new images are made smaller.</summary>
public sealed partial class ImagesForm
{
    private static Dictionary<string, string> Labels => new() { ["reason"] = Words.Say("Reason"), ["images.quality"] = Words.Say("Quality, %"), ["images.longestSide"] = Words.Say("Longest side, pixels") };

    private string _on = "false";
    private string? _quality;
    private string? _side;
    private WantedPolicy? _wanted;

    /// <summary>What has been saved, as far as uploads tell it.</summary>
    [Parameter, EditorRequired]
    public required MeasuredSaving Saving { get; set; }

    private string Saved => Saving switch
    {
        { Told: 0 } => Words.Say("Not recorded"),
        { Original: > 0 } => Words.Count(
            Saving.Uploads, "{1} of {2} ({3}), from {4} of {0} upload in the last {5} days", "{1} of {2} ({3}), from {4} of {0} uploads in the last {5} days",
            Formats.Bytes(Saving.Saved), Formats.Bytes(Saving.Original), Formats.Percent(Saving.Saved / Saving.Original), Formats.Number(Saving.Told), Formats.Number(MeasuredSaving.Days)),
        _ => Words.Count(Saving.Uploads, "nothing, from {1} of {0} upload in the last {2} days", "nothing, from {1} of {0} uploads in the last {2} days", Formats.Number(Saving.Told), Formats.Number(MeasuredSaving.Days)),
    };

    protected override void OnInitialized()
    {
        if (Controls.Policy.Images is not { } images) return;
        (_on, _quality, _side) = ("true", images.Quality?.ToString(CultureInfo.InvariantCulture), images.LongestSide?.ToString(CultureInfo.InvariantCulture));
    }

    // What is saved is what was looked at.
    private void Touched() => _wanted = null;

    private Task PreviewAsync() => LookAsync(_ =>
    {
        var images = new JsonObject { ["on"] = _on == "true" };
        if (_on == "true" && !string.IsNullOrWhiteSpace(_quality)) images["quality"] = _quality.Trim();
        if (_on == "true" && !string.IsNullOrWhiteSpace(_side)) images["longestSide"] = _side.Trim();
        _wanted = With("images", images);
        return Task.CompletedTask;
    });

    private async Task SaveAsync()
    {
        if (_wanted is { } wanted && await SaveAsync(wanted)) await OnSaved.InvokeAsync(Words.Say("Saved: new images are {0}.", ControlsWords.Of(wanted.Policy.Images)));
    }
}

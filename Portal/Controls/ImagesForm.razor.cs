using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>Takes in how a group's new images are made smaller.</summary>
public sealed partial class ImagesForm
{
    private static readonly Dictionary<string, string> Labels = new() { ["reason"] = "Reason", ["images.quality"] = "Quality, %", ["images.longestSide"] = "Longest side, pixels" };

    private string _on = "false";
    private string? _quality;
    private string? _side;
    private WantedPolicy? _wanted;

    /// <summary>What has been saved, as far as uploads tell it.</summary>
    [Parameter, EditorRequired]
    public required MeasuredSaving Saving { get; set; }

    private string Saved => Saving switch
    {
        { Told: 0 } => "not recorded",
        { Original: > 0 } => $"{Formats.Bytes(Saving.Saved)} of {Formats.Bytes(Saving.Original)} ({Formats.Percent(Saving.Saved / Saving.Original)}), from {Formats.Number(Saving.Told)} of {Formats.Count(Saving.Uploads, "upload", "uploads")} in the last {MeasuredSaving.Days} days",
        _ => $"nothing, from {Formats.Number(Saving.Told)} of {Formats.Count(Saving.Uploads, "upload", "uploads")} in the last {MeasuredSaving.Days} days",
    };

    protected override void OnInitialized()
    {
        if (Controls.Policy.Images is not { } images) return;
        (_on, _quality, _side) = ("true", images.Quality?.ToString(CultureInfo.InvariantCulture), images.LongestSide?.ToString(CultureInfo.InvariantCulture));
    }

    // What is saved is what was looked at.
    private void Touched() => _wanted = null;

    private async Task PreviewAsync()
    {
        (Faults, _wanted) = ([], null);
        if (await AllowedAsync() is null) return;
        var images = new JsonObject { ["on"] = _on == "true" };
        if (_on == "true" && !string.IsNullOrWhiteSpace(_quality)) images["quality"] = _quality.Trim();
        if (_on == "true" && !string.IsNullOrWhiteSpace(_side)) images["longestSide"] = _side.Trim();
        _wanted = With("images", images);
    }

    private async Task SaveAsync()
    {
        if (_wanted is { } wanted && await SaveAsync(wanted)) await OnSaved.InvokeAsync($"Saved: new images are {Words(wanted.Policy.Images)}.");
    }

    private static string Words(ImageCompression? images) => images is null ? "stored as they are sent" : $"compressed: {images}";
}

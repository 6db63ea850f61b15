namespace OpenMeet.Insights.Domain.Controls;

/// <summary>How OpenMeet makes images smaller before it stores them, where their sender says nothing else.</summary>
/// <param name="Quality">Of the compressed image, in percent; none where it stays.</param>
/// <param name="LongestSide">In pixels; larger images are made as small as that. None where the size stays.</param>
public sealed record ImageCompression(int? Quality = null, int? LongestSide = null)
{
    /// <summary>The qualities that can be asked for, in percent.</summary>
    public static (int Least, int Most) Qualities { get; } = (1, 100);

    /// <summary>The longest sides that can be asked for, in pixels.</summary>
    public static (int Least, int Most) Sides { get; } = (100, 20_000);

    /// <summary>In words: <c>quality 80 %, at most 2048 pixels</c>.</summary>
    public override string ToString() => string.Join(", ", new[]
    {
        Quality is { } quality ? FormattableString.Invariant($"quality {quality} %") : null,
        LongestSide is { } side ? FormattableString.Invariant($"at most {side} pixels on the longest side") : null,
    }.OfType<string>());
}

namespace OpenMeet.Insights.Domain.Controls;

/// <summary>What one cap counts.</summary>
public enum CapSpan
{
    /// <summary>One upload.</summary>
    File,

    /// <summary>What is uploaded on a day of the group's zone.</summary>
    Day,

    /// <summary>What is uploaded in a calendar month of the group's zone.</summary>
    Month,
}

/// <summary>How much a member may upload, in bytes; none where nothing caps.</summary>
/// <param name="PerFile">Of one upload.</param>
/// <param name="PerDay">A day.</param>
/// <param name="PerMonth">A calendar month.</param>
public sealed record MemberCap(decimal? PerFile = null, decimal? PerDay = null, decimal? PerMonth = null)
{
    /// <summary>The smallest cap that can be given, a byte.</summary>
    public const decimal Least = 1m;

    /// <summary>Every span, the shortest first.</summary>
    public static IReadOnlyList<CapSpan> Spans { get; } = [CapSpan.File, CapSpan.Day, CapSpan.Month];

    /// <summary>No cap at all.</summary>
    public static MemberCap None { get; } = new();

    /// <summary>The cap of a span.</summary>
    public decimal? Of(CapSpan span) => span switch
    {
        CapSpan.File => PerFile,
        CapSpan.Day => PerDay,
        _ => PerMonth,
    };
}

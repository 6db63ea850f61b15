using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Domain.Attribution;

/// <summary>Who carries what was done by a user in a group.</summary>
public enum AttributionKind
{
    /// <summary>The group, else the acting user.</summary>
    GroupCarries,

    /// <summary>The acting user, else the group.</summary>
    UploaderCarries,

    /// <summary>Both, by a given percentage.</summary>
    Split,
}

/// <summary>The rule by which a quantity finds its carriers. Whatever it says, their parts add up to the quantity exactly.</summary>
public sealed record AttributionPolicy
{
    /// <summary>The default: the group carries.</summary>
    public static readonly AttributionPolicy Default = new(AttributionKind.GroupCarries);

    /// <summary>A policy.</summary>
    /// <param name="kind">Who carries.</param>
    /// <param name="splitPercent">Only for <see cref="AttributionKind.Split"/>: the group's part, 0 to 100 with at most 4 decimals.</param>
    /// <exception cref="ArgumentOutOfRangeException">The percentage is missing, out of range, too fine, or given for another kind.</exception>
    public AttributionPolicy(AttributionKind kind, decimal? splitPercent = null)
    {
        if (kind == AttributionKind.Split != splitPercent is not null || splitPercent is < 0 or > 100 || (splitPercent is { } p && decimal.Round(p, 4) != p))
            throw new ArgumentOutOfRangeException(nameof(splitPercent), splitPercent, "A split has the group's percentage, 0 to 100 with at most 4 decimals; the others have none.");
        (Kind, SplitPercent) = (kind, splitPercent);
    }

    /// <summary>Who carries.</summary>
    public AttributionKind Kind { get; }

    /// <summary>The group's part in percent; null unless it is a split.</summary>
    public decimal? SplitPercent { get; }

    /// <summary>The wire's name, such as <c>group-carries</c>.</summary>
    public string Name => Names[(int)Kind];

    /// <summary>The wire's names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["group-carries", "uploader-carries", "split"];

    /// <summary>A policy by the wire's name; the percentage belongs to <c>split</c>.</summary>
    public static AttributionPolicy Of(string name, decimal? splitPercent)
    {
        var kind = (AttributionKind)Names.ToList().IndexOf(name);
        return new AttributionPolicy(kind, kind == AttributionKind.Split ? splitPercent : null);
    }

    /// <summary>The one carrier of what cannot be shared, such as the level that a snapshot sets: under a split, the group.</summary>
    public Carrier One(Holder holder) => Kind == AttributionKind.UploaderCarries
        ? holder.Subject is { } s ? Carrier.User(s) : holder.Group is { } g ? Carrier.Group(g) : Carrier.Nobody
        : holder.Group is { } group ? Carrier.Group(group) : holder.Subject is { } subject ? Carrier.User(subject) : Carrier.Nobody;

    /// <summary>
    /// The carriers and their parts. Under a split the group's part is rounded to a millionth of the unit, half away from zero, and the
    /// user has the rest, so nothing is lost.
    /// </summary>
    public CarriedParts Share(Holder holder, Quantity quantity)
    {
        if (Kind != AttributionKind.Split || holder is not { Group: { } group, Subject: { } subject }) return new CarriedParts(One(holder), quantity, null, Quantity.Zero);
        var part = quantity.Percent(SplitPercent!.Value);
        return new CarriedParts(Carrier.Group(group), part, Carrier.User(subject), quantity - part);
    }

    /// <summary>The carriers for whom an event counts as a whole: maxima, distinct people, latest values. Under a split both.</summary>
    public (Carrier First, Carrier? Second) Whole(Holder holder) =>
        Kind == AttributionKind.Split && holder is { Group: { } group, Subject: { } subject } ? (Carrier.Group(group), Carrier.User(subject)) : (One(holder), null);
}

/// <summary>Whom a quantity may count against: the group that it belongs to and the user who brought it. The policy says who carries.</summary>
/// <param name="Group">The group's slug, or null.</param>
/// <param name="Subject">The user's key, or null.</param>
public readonly record struct Holder(string? Group, string? Subject);

/// <summary>A quantity on its one carrier or its two.</summary>
public readonly record struct CarriedParts(Carrier First, Quantity FirstPart, Carrier? Second, Quantity SecondPart);

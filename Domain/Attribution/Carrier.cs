namespace OpenMeet.Insights.Domain.Attribution;

/// <summary>
/// Whom a quantity counts against, as a key: <c>group:slug</c>, <c>user:key</c>, or empty for nobody (unattributed).
/// Who carries what is said by the tenant's <see cref="AttributionPolicy"/>.
/// </summary>
/// <param name="Key">The carrier's key.</param>
public readonly record struct Carrier(string Key)
{
    /// <summary>Nobody: the quantity is unattributed.</summary>
    public static readonly Carrier Nobody = new("");

    /// <summary>A group.</summary>
    public static Carrier Group(string slug) => new("group:" + slug);

    /// <summary>A user.</summary>
    public static Carrier User(string key) => new("user:" + key);

    /// <summary>Reads <c>group:x</c> or <c>user:x</c>.</summary>
    public static bool TryParse(string? text, out Carrier carrier)
    {
        carrier = new Carrier(text ?? "");
        return carrier.IsGroup ? carrier.Name.Length > 0 : carrier.IsUser && carrier.Name.Length > 0;
    }

    /// <summary>Whether it is a group.</summary>
    public bool IsGroup => Key.StartsWith("group:", StringComparison.Ordinal);

    /// <summary>Whether it is a user.</summary>
    public bool IsUser => Key.StartsWith("user:", StringComparison.Ordinal);

    /// <summary>The slug or user key without its kind.</summary>
    public string Name => Key[(Key.IndexOf(':', StringComparison.Ordinal) + 1)..];

    /// <summary>The kind, <c>group</c>, <c>user</c> or empty.</summary>
    public string Kind => IsGroup ? "group" : IsUser ? "user" : "";

    public override string ToString() => Key;
}

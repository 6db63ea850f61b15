namespace OpenMeet.Insights.Domain.Metering;

/// <summary>
/// A path to one value of an event: <c>$.a.b</c> walks members of <c>data</c>; <c>subject</c> is the acting user's key.
/// </summary>
public sealed record JsonPath
{
    private static readonly System.Buffers.SearchValues<char> Refused = System.Buffers.SearchValues.Create("[]*?()'\"$ ");
    private readonly byte[][] _members;

    private JsonPath(string text, string[] members) => (Text, _members) = (text, [.. members.Select(System.Text.Encoding.UTF8.GetBytes)]);

    /// <summary>The path as written.</summary>
    public string Text { get; }

    /// <summary>Whether the path names the event's subject and not a member of <c>data</c>.</summary>
    public bool IsSubject => _members.Length == 0;

    /// <summary>A path known to be well formed; throws otherwise.</summary>
    public static JsonPath Of(string text) =>
        TryParse(text, out var path) ? path : throw new ArgumentException($"'{text}' is no path such as $.size_bytes.", nameof(text));

    /// <summary>Reads <c>$.name(.name)*</c> or <c>subject</c>.</summary>
    public static bool TryParse(string? text, out JsonPath path)
    {
        path = null!;
        if (text is null or "") return false;
        if (text == "subject")
        {
            path = new JsonPath(text, []);
            return true;
        }
        if (!text.StartsWith("$.", StringComparison.Ordinal) || text.Length > 255) return false;
        var members = text[2..].Split('.');
        if (members.Any(m => m.Length == 0 || m.AsSpan().ContainsAny(Refused))) return false;
        path = new JsonPath(text, members);
        return true;
    }

    /// <summary>The value at the path, or null where it is absent or JSON null.</summary>
    internal JsonValue? Find(UsageEvent e) => e.Find(_members);

    /// <summary>The value as the text of a dimension: strings as they are, numbers in plain form, others as JSON.</summary>
    public string? FindText(UsageEvent e) => IsSubject ? e.Subject : Find(e)?.Text;

    public bool Equals(JsonPath? other) => other is not null && other.Text == Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text;
}

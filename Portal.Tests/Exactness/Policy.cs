using System.Text.Json.Nodes;

namespace OpenMeet.Insights.Tests.Exactness;

/// <summary>Who carries what an event, or a file, has for a group and a person.</summary>
public sealed record Policy(string Name, int GroupPercent)
{
    public static readonly Policy GroupCarries = new("group-carries", 100);
    public static readonly Policy UploaderCarries = new("uploader-carries", 0);

    /// <summary>The policies that a tenant can be made with, the split by one percentage.</summary>
    public static readonly IReadOnlyList<Policy> Offered = [GroupCarries, UploaderCarries, new("split", 30)];

    public static Policy Split(int percent) => new("split", percent);

    /// <summary>The carriers and their parts, which add up to one; nobody is the empty key.</summary>
    public IReadOnlyList<(string Carrier, Fraction Part)> Carriers(string? group, string? person)
    {
        if (group is null || person is null) return [(group is not null ? "group:" + group : person is not null ? "user:" + person : "", Fraction.One)];
        Fraction part = GroupPercent / 100m;
        return [.. new[] { ("group:" + group, part), ("user:" + person, Fraction.One - part) }.Where(c => c.Item2.Sign > 0)];
    }

    /// <summary>
    /// The carriers and what each has of an amount. Under a split the group's part is rounded to a millionth, half away from zero, and the
    /// person has the rest.
    /// </summary>
    public IReadOnlyList<(string Carrier, Fraction Amount)> Share(string? group, string? person, Fraction amount)
    {
        var carriers = Carriers(group, person);
        if (carriers.Count == 1) return [(carriers[0].Carrier, amount)];
        Fraction first = (amount * carriers[0].Part).Round(6);
        return [(carriers[0].Carrier, first), (carriers[1].Carrier, amount - first)];
    }

    /// <summary>A snapshot counts one carrier's bytes.</summary>
    public string SnapshotCarrier(string? group, string? person)
    {
        var (first, second) = Name == UploaderCarries.Name ? (User(person), Group(group)) : (Group(group), User(person));
        return first ?? second ?? "";
    }

    public JsonObject Describe(JsonObject tenant)
    {
        if (Name != GroupCarries.Name) tenant["attribution"] = Name;
        if (Name == "split") tenant["splitPercent"] = GroupPercent;
        return tenant;
    }

    private static string? Group(string? key) => key is null ? null : "group:" + key;

    private static string? User(string? key) => key is null ? null : "user:" + key;
}

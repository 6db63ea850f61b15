using System.Text.Json;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>A policy as somebody sends it.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Reason">Why.</param>
/// <param name="Version">The version that was looked at; none where any is replaced.</param>
internal sealed record WantedPolicy(GroupPolicy Policy, string Reason, long? Version);

/// <summary>Reads a policy from a body of the API and from the page's form, by the same rules, and names every fault.</summary>
internal static class PolicyInput
{
    private const int MostMembers = 500;

    /// <summary>The policy; null where something is wrong.</summary>
    /// <param name="body">What was sent.</param>
    /// <param name="controls">The group, whose members may be named.</param>
    /// <param name="unit">Bytes of one of its quantities: 1 for the API, a million for a form in MB.</param>
    /// <param name="faults">Gets every fault.</param>
    public static WantedPolicy? Read(JsonElement body, GroupControls controls, decimal unit, List<InputFault> faults)
    {
        var input = new BodyInput(body, faults);
        OnlyKnown(body, "", faults, "default", "roles", "members", "rights", "reason", "version");
        var reason = input.Text("reason", required: true, most: 500)?.Trim();
        if (reason is { Length: 0 }) input.Fault("reason", "required", "Say why: 'reason' is empty.");
        var version = input.Number("version", least: 0);
        if (version is { } number && decimal.Truncate(number) != number) input.Fault("version", "not_a_number", "'version' is the whole number that the policy in force has, 0 for none.");
        var ofAll = Part(input, "default") is { } cap ? ReadCap(cap, "default", unit, faults) : MemberCap.None;
        var roles = ReadCaps(input, "roles", unit, faults, role => GroupPolicy.CappedRoles.Contains(role) ? null : $"must be one of {string.Join(", ", GroupPolicy.CappedRoles)}");
        var known = controls.Members.Select(m => m.User).ToHashSet(StringComparer.Ordinal);
        var members = ReadCaps(input, "members", unit, faults, user => known.Contains(user) ? null : "is no member of this group now");
        var rights = Part(input, "rights") is { } wanted ? ReadRights(wanted, faults) : new MemberRights();
        return faults.Count > 0 ? null : new WantedPolicy(new GroupPolicy(ofAll, roles, members, rights), reason!, (long?)version);
    }

    private static JsonElement? Part(BodyInput input, string name)
    {
        if (input.Find(name) is not { } part) return null;
        if (part.ValueKind == JsonValueKind.Object) return part;
        input.Fault(name, "not_an_object", $"'{name}' must be an object.");
        return null;
    }

    private static Dictionary<string, MemberCap> ReadCaps(BodyInput input, string name, decimal unit, List<InputFault> faults, Func<string, string?> wrong)
    {
        var caps = new Dictionary<string, MemberCap>(StringComparer.Ordinal);
        if (Part(input, name) is not { } part) return caps;
        foreach (var (key, json) in part.EnumerateObject().Where(m => m.Value.ValueKind != JsonValueKind.Null).Select(m => (m.Name, m.Value)))
        {
            var path = $"{name}.{key}";
            if (wrong(key) is { } sentence) faults.Add(new InputFault(path, "unknown", $"'{path}': '{key}' {sentence}."));
            if (json.ValueKind != JsonValueKind.Object) faults.Add(new InputFault(path, "not_an_object", $"'{path}' must be an object, or null to inherit."));
            else caps[key] = ReadCap(json, path, unit, faults);
        }
        if (caps.Count > MostMembers) input.Fault(name, "too_many", $"'{name}' names more than {MostMembers}.");
        return caps;
    }

    private static MemberCap ReadCap(JsonElement json, string path, decimal unit, List<InputFault> faults)
    {
        OnlyKnown(json, path + ".", faults, "perFile", "perDay", "perMonth");
        var own = new List<InputFault>();
        var input = new BodyInput(json, own);
        decimal? Bytes(string name)
        {
            if (input.Number(name) is not { } number) return null;
            var bytes = number * unit;
            if (bytes < MemberCap.Least) input.Fault(name, "out_of_range", $"'{name}' must be at least a byte; to let nobody upload, set who may.");
            else if (decimal.Truncate(bytes) != bytes) input.Fault(name, "too_fine", $"'{name}' must be whole bytes.");
            return bytes;
        }
        var cap = new MemberCap(Bytes("perFile"), Bytes("perDay"), Bytes("perMonth"));
        if (own.Count == 0)
        {
            if (cap.PerFile > (cap.PerDay ?? cap.PerMonth)) input.Fault("perFile", "out_of_order", $"'perFile' is more than {(cap.PerDay is null ? "'perMonth'" : "'perDay'")}: no file could be that large.");
            if (cap.PerDay > cap.PerMonth) input.Fault("perDay", "out_of_order", "'perDay' is more than 'perMonth': no day could come to that.");
        }
        faults.AddRange(own.Select(f => f with { Path = $"{path}.{f.Path}", Detail = f.Detail.Replace($"'{f.Path}'", $"'{path}.{f.Path}'", StringComparison.Ordinal) }));
        return cap;
    }

    private static MemberRights ReadRights(JsonElement json, List<InputFault> faults)
    {
        OnlyKnown(json, "rights.", faults, "upload", "createEvents", "invite");
        var own = new List<InputFault>();
        var input = new BodyInput(json, own);
        string? Least(string name) => input.OneOf(name, false, [.. MemberRights.Roles]);
        var rights = new MemberRights(Least("upload"), Least("createEvents"), Least("invite"));
        faults.AddRange(own.Select(f => f with { Path = "rights." + f.Path, Detail = f.Detail.Replace($"'{f.Path}'", $"'rights.{f.Path}'", StringComparison.Ordinal) }));
        return rights;
    }

    private static void OnlyKnown(JsonElement json, string prefix, List<InputFault> faults, params string[] names) =>
        faults.AddRange(json.EnumerateObject().Where(m => Array.IndexOf(names, m.Name) < 0)
            .Select(m => new InputFault(prefix + m.Name, "unknown", $"There is no '{prefix}{m.Name}' in a policy; it has {string.Join(", ", names)}.")));
}

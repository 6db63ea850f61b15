using System.Globalization;
using System.Text.Json;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>A policy as somebody sends it.</summary>
/// <param name="Policy">The whole policy: what was not named of retention, images and budgets as it stands.</param>
/// <param name="Reason">Why.</param>
/// <param name="Version">The version that was looked at; none where any is replaced.</param>
internal sealed record WantedPolicy(GroupPolicy Policy, string Reason, long? Version);

/// <summary>Reads a policy from a body of the API and from the page's form, by the same rules, and names every fault.</summary>
internal static class PolicyInput
{
    private const int MostMembers = 500;
    private const int MostKinds = 50;

    /// <summary>The policy; null where something is wrong.</summary>
    /// <param name="body">What was sent.</param>
    /// <param name="controls">The group, whose members may be named.</param>
    /// <param name="unit">Bytes of one of its quantities: 1 for the API, a million for a form in MB.</param>
    /// <param name="faults">Gets every fault.</param>
    public static WantedPolicy? Read(JsonElement body, GroupControls controls, decimal unit, List<InputFault> faults)
    {
        var input = new BodyInput(body, faults);
        OnlyKnown(body, "", faults, "default", "roles", "members", "rights", "retention", "images", "budgets", "reason", "version");
        var (reason, version) = ReadWhy(input);
        var ofAll = Part(input, "default") is { } cap ? ReadCap(cap, "default", unit, faults) : MemberCap.None;
        var roles = ReadCaps(input, "roles", unit, faults, role => GroupPolicy.CappedRoles.Contains(role) ? null : $"must be one of {string.Join(", ", GroupPolicy.CappedRoles)}");
        var known = controls.Members.Select(m => m.User).ToHashSet(StringComparer.Ordinal);
        var members = ReadCaps(input, "members", unit, faults, user => known.Contains(user) ? null : "is no member of this group now");
        var rights = Part(input, "rights") is { } wanted ? ReadRights(wanted, faults) : new MemberRights();
        var policy = ReadParts(input, controls.Policy with { Default = ofAll, Roles = roles, Members = members, Rights = rights }, controls);
        return faults.Count > 0 ? null : new WantedPolicy(policy, reason!, version);
    }

    /// <summary>The policy in force with another retention, image default or budgets; null where something is wrong. Caps and rights stay.</summary>
    public static WantedPolicy? Change(JsonElement body, GroupControls controls, List<InputFault> faults)
    {
        var input = new BodyInput(body, faults);
        OnlyKnown(body, "", faults, "retention", "images", "budgets", "reason", "version");
        var (reason, version) = ReadWhy(input);
        var policy = ReadParts(input, controls.Policy, controls);
        return faults.Count > 0 ? null : new WantedPolicy(policy, reason!, version);
    }

    private static (string? Reason, long? Version) ReadWhy(BodyInput input)
    {
        var reason = input.Text("reason", required: true, most: 500)?.Trim();
        if (reason is { Length: 0 }) input.Fault("reason", "required", "Say why: 'reason' is empty.");
        var version = input.Number("version", least: 0);
        if (version is { } number && decimal.Truncate(number) != number) input.Fault("version", "not_a_number", "'version' is the whole number that the policy in force has, 0 for none.");
        return (reason, (long?)version);
    }

    // A caller that knows nothing of these parts must not end a legal hold by leaving it out.
    private static GroupPolicy ReadParts(BodyInput input, GroupPolicy policy, GroupControls controls)
    {
        if (Part(input, "retention") is { } retention) policy = policy with { Retention = ReadRetention(retention, input.Faults) };
        if (Part(input, "images") is { } images) policy = policy with { Images = ReadImages(images, input.Faults) };
        return Part(input, "budgets") is { } budgets ? policy with { Budgets = ReadBudgets(budgets, controls, input.Faults) } : policy;
    }

    private static Retention ReadRetention(JsonElement json, List<InputFault> faults)
    {
        OnlyKnown(json, "retention.", faults, "on", "legalHold", "kinds");
        return Inside(json, "retention", faults, input =>
        {
            var kinds = new Dictionary<string, KindRetention>(StringComparer.Ordinal);
            if (Part(input, "kinds") is { } part)
            {
                foreach (var (kind, line) in part.EnumerateObject().Where(k => k.Value.ValueKind != JsonValueKind.Null).Select(k => (k.Name, k.Value)))
                {
                    var path = $"kinds.{kind}";
                    if (kind.Length is 0 or > Domain.Metering.EventCatalogue.KeyLength || kind.Contains('\0', StringComparison.Ordinal)) input.Fault(path, "not_a_text", $"A kind is a text of 1 to {Domain.Metering.EventCatalogue.KeyLength} characters, as uploads name it.");
                    else if (line.ValueKind != JsonValueKind.Object) input.Fault(path, "not_an_object", $"'{path}' must be an object, or null to keep these files.");
                    else kinds[kind] = Inside(line, path, input.Faults, ReadKind);
                }
                if (kinds.Count > MostKinds) input.Fault("kinds", "too_many", $"'kinds' names more than {MostKinds}.");
            }
            var retention = new Retention(input.Flag("on") == true, input.Flag("legalHold") == true, kinds);
            if (retention.On && kinds.Count == 0 && input.Faults.Count == 0) input.Fault("kinds", "required", "'kinds' is empty: say of at least one kind how long it is kept, or leave it off.");
            return retention;
        });
    }

    private static KindRetention ReadKind(BodyInput input)
    {
        foreach (var name in input.Names.Except(["months", "after"])) input.Fault(name, "unknown", $"There is no '{name}' in the line of a kind; it has months, after.");
        var months = Whole(input, "months", 1, Retention.MostMonths, required: true) ?? 1;
        return new KindRetention(months, input.OneOf("after", false, "upload", "event") == "event" ? RetentionStart.Event : RetentionStart.Upload);
    }

    private static ImageCompression? ReadImages(JsonElement json, List<InputFault> faults)
    {
        OnlyKnown(json, "images.", faults, "on", "quality", "longestSide");
        return Inside(json, "images", faults, input =>
        {
            var on = input.Flag("on");
            if (on is null && !input.Has("on")) input.Fault("on", "required", "'on' is required: true or false.");
            var images = new ImageCompression(
                Whole(input, "quality", ImageCompression.Qualities.Least, ImageCompression.Qualities.Most), Whole(input, "longestSide", ImageCompression.Sides.Least, ImageCompression.Sides.Most));
            if (on == true && input.Faults.Count == 0 && images == new ImageCompression()) input.Fault("quality", "required", "Say how: 'quality', or 'longestSide', or both.");
            return on == true ? images : null;
        });
    }

    private static Dictionary<long, BudgetAction> ReadBudgets(JsonElement json, GroupControls controls, List<InputFault> faults)
    {
        var budgets = new Dictionary<long, BudgetAction>();
        if (!controls.SeesMoney)
        {
            faults.Add(new InputFault("budgets", "owner_only", "Only the owner of the group decides about its budgets."));
            return budgets;
        }
        foreach (var (name, value) in json.EnumerateObject().Where(b => b.Value.ValueKind != JsonValueKind.Null).Select(b => (b.Name, b.Value)))
        {
            var path = "budgets." + name;
            if (!long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var rule) || controls.Budgets.All(b => b.Rule != rule)) faults.Add(new InputFault(path, "unknown", $"'{path}': this group has no budget '{name}'."));
            else if (value.ValueKind != JsonValueKind.String || !Actions.TryGetValue(value.GetString()!, out var action)) faults.Add(new InputFault(path, "unknown", $"'{path}' must be one of {string.Join(", ", Actions.Keys)}."));
            else budgets[rule] = action;
        }
        return budgets;
    }

    /// <summary>What happens at a budget, as the wire has it.</summary>
    public static IReadOnlyDictionary<string, BudgetAction> Actions { get; } = Enum.GetValues<BudgetAction>().ToDictionary(a => a.ToString().ToLowerInvariant(), StringComparer.Ordinal);

    private static int? Whole(BodyInput input, string name, int least, int most, bool required = false)
    {
        if (input.Number(name, required) is not { } number) return null;
        if (decimal.Truncate(number) == number && number >= least && number <= most) return (int)number;
        input.Fault(name, "out_of_range", string.Create(CultureInfo.InvariantCulture, $"'{name}' is a whole number from {least} to {most}."));
        return null;
    }

    // Reads a member that is an object, its faults named with the way to them.
    private static T Inside<T>(JsonElement json, string path, List<InputFault> faults, Func<BodyInput, T> read)
    {
        var own = new List<InputFault>();
        var result = read(new BodyInput(json, own));
        faults.AddRange(own.Select(f => f with { Path = $"{path}.{f.Path}", Detail = f.Detail.Replace($"'{f.Path}'", $"'{path}.{f.Path}'", StringComparison.Ordinal) }));
        return result;
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
        return Inside(json, path, faults, input =>
        {
            decimal? Bytes(string name)
            {
                if (input.Number(name) is not { } number) return null;
                var bytes = number * unit;
                if (bytes < MemberCap.Least) input.Fault(name, "out_of_range", $"'{name}' must be at least a byte; to let nobody upload, set who may.");
                else if (decimal.Truncate(bytes) != bytes) input.Fault(name, "too_fine", $"'{name}' must be whole bytes.");
                return bytes;
            }
            var cap = new MemberCap(Bytes("perFile"), Bytes("perDay"), Bytes("perMonth"));
            if (input.Faults.Count > 0) return cap;
            if (cap.PerFile > (cap.PerDay ?? cap.PerMonth)) input.Fault("perFile", "out_of_order", $"'perFile' is more than {(cap.PerDay is null ? "a month" : "a day")} may take: no file could be that large.");
            if (cap.PerDay > cap.PerMonth) input.Fault("perDay", "out_of_order", "'perDay' is more than a month may take: no day could come to that.");
            return cap;
        });
    }

    private static MemberRights ReadRights(JsonElement json, List<InputFault> faults)
    {
        OnlyKnown(json, "rights.", faults, "upload", "createEvents", "invite");
        return Inside(json, "rights", faults, input =>
        {
            string? Least(string name) => input.OneOf(name, false, [.. MemberRights.Roles]);
            return new MemberRights(Least("upload"), Least("createEvents"), Least("invite"));
        });
    }

    private static void OnlyKnown(JsonElement json, string prefix, List<InputFault> faults, params string[] names) =>
        faults.AddRange(json.EnumerateObject().Where(m => Array.IndexOf(names, m.Name) < 0)
            .Select(m => new InputFault(prefix + m.Name, "unknown", $"There is no '{prefix}{m.Name}' in a policy; it has {string.Join(", ", names)}.")));
}

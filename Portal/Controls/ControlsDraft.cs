using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpenMeet.Insights.Domain.Controls;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>A cap as the form holds it, in MB.</summary>
public sealed class CapDraft
{
    /// <summary>The role or member; empty for the default.</summary>
    public string Key { get; set; } = "";

    /// <summary>Whether it overrides, or inherits.</summary>
    public bool Overrides { get; set; }
    public string? PerFile { get; set; }
    public string? PerDay { get; set; }
    public string? PerMonth { get; set; }

    public static CapDraft Of(string key, MemberCap? cap) => new()
    {
        Key = key,
        Overrides = cap is not null,
        PerFile = Megabytes(cap?.PerFile),
        PerDay = Megabytes(cap?.PerDay),
        PerMonth = Megabytes(cap?.PerMonth),
    };

    public JsonObject ToJson()
    {
        var json = new JsonObject();
        foreach (var (name, text) in new[] { ("perFile", PerFile), ("perDay", PerDay), ("perMonth", PerMonth) })
        {
            if (!string.IsNullOrWhiteSpace(text)) json[name] = text.Trim();
        }
        return json;
    }

    private static string? Megabytes(decimal? bytes) => (bytes / ControlsDraft.Megabyte)?.ToString("0.######", CultureInfo.InvariantCulture);
}

/// <summary>A policy as the form holds it.</summary>
public sealed class ControlsDraft
{
    public const decimal Megabyte = 1_000_000m;

    public required CapDraft Default { get; init; }
    public required IReadOnlyList<CapDraft> Roles { get; init; }
    public required List<CapDraft> Members { get; init; }
    public string Upload { get; set; } = "";
    public string CreateEvents { get; set; } = "";
    public string Invite { get; set; } = "";
    public string? Reason { get; set; }

    public static ControlsDraft Of(GroupPolicy policy) => new()
    {
        Default = CapDraft.Of("", policy.Default),
        Roles = [.. GroupPolicy.CappedRoles.Select(r => CapDraft.Of(r, policy.Roles.GetValueOrDefault(r)))],
        Members = [.. policy.Members.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => CapDraft.Of(m.Key, m.Value))],
        Upload = policy.Rights.Upload ?? "",
        CreateEvents = policy.Rights.CreateEvents ?? "",
        Invite = policy.Rights.Invite ?? "",
    };

    /// <summary>The body that a service would send, in MB; read by the same rules.</summary>
    public JsonElement ToJson(long version)
    {
        var rights = new JsonObject();
        foreach (var (name, least) in new[] { ("upload", Upload), ("createEvents", CreateEvents), ("invite", Invite) })
        {
            if (least.Length > 0) rights[name] = least;
        }
        JsonObject Caps(IEnumerable<CapDraft> caps)
        {
            var json = new JsonObject();
            foreach (var cap in caps) json[cap.Key] = cap.ToJson();
            return json;
        }
        var body = new JsonObject
        {
            ["default"] = Default.ToJson(),
            ["roles"] = Caps(Roles.Where(r => r.Overrides)),
            ["members"] = Caps(Members.Where(m => m.Key.Length > 0)),
            ["rights"] = rights,
            ["version"] = version,
        };
        if (!string.IsNullOrWhiteSpace(Reason)) body["reason"] = Reason;
        return JsonSerializer.SerializeToElement(body);
    }
}

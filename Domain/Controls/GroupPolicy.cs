using System.Text.Json.Serialization;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Domain.Controls;

/// <summary>
/// What a group has decided for itself: how much its members may upload, which roles may do what, how long files are kept, what becomes of
/// images, and what happens at a budget.
/// </summary>
/// <param name="Default">For everybody whom nothing else caps.</param>
/// <param name="Roles">Caps of roles, in place of the default.</param>
/// <param name="Members">Caps of single members, in place of their role's.</param>
/// <param name="Rights">Which roles may do what.</param>
/// <param name="Retention">How long files are kept; none where nobody decided.</param>
/// <param name="Images">How images are made smaller; none where they stay as they are.</param>
/// <param name="Budgets">What happens at a budget, by the number of its rule; a budget that is not named only notifies.</param>
public sealed record GroupPolicy(
    MemberCap Default, IReadOnlyDictionary<string, MemberCap> Roles, IReadOnlyDictionary<string, MemberCap> Members, MemberRights Rights,
    Retention? Retention = null, ImageCompression? Images = null, IReadOnlyDictionary<long, BudgetAction>? Budgets = null)
{
    /// <summary>A group without a policy: nothing is asked of anybody.</summary>
    public static GroupPolicy Empty { get; } = new(MemberCap.None, new Dictionary<string, MemberCap>(), new Dictionary<string, MemberCap>(), new MemberRights());

    /// <summary>The roles that can have a cap of their own.</summary>
    public static IReadOnlyList<string> CappedRoles { get; } = ["guest", .. MemberRights.Roles];

    /// <summary>Whether it asks nothing of the members.</summary>
    [JsonIgnore]
    public bool IsEmpty => Default == MemberCap.None && Roles.Count == 0 && Members.Count == 0 && Rights == new MemberRights();

    /// <summary>What happens at a budget.</summary>
    public BudgetAction ActionOf(long rule) => Budgets?.GetValueOrDefault(rule) ?? BudgetAction.Notify;

    /// <summary>Whether another policy says the same of every budget; only a group's owner may change that.</summary>
    public bool HasBudgetsOf(GroupPolicy other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return (Budgets?.Keys ?? []).Union(other.Budgets?.Keys ?? []).All(rule => ActionOf(rule) == other.ActionOf(rule));
    }

    /// <summary>The cap of a member: the member's own, else the role's, else the group's. A link overrides as a whole or inherits.</summary>
    public CapInForce CapOf(string user, string? role)
    {
        var own = Members.GetValueOrDefault(user);
        var ofRole = role is null ? null : Roles.GetValueOrDefault(role);
        return new CapInForce(own ?? ofRole ?? Default,
        [
            new CapLink("memberCap", own is null ? "inherits" : "cap of this member", own, own is not null),
            new CapLink("roleCap", ofRole is null ? "inherits" : $"cap of the role {role}", ofRole, own is null && ofRole is not null),
            new CapLink("groupCap", Default == MemberCap.None ? "no default cap" : "default of the group", Default, own is null && ofRole is null),
        ]);
    }
}

/// <summary>One link of the chain that a cap comes from.</summary>
/// <param name="Source"><c>memberCap</c>, <c>roleCap</c> or <c>groupCap</c>.</param>
/// <param name="Description">What the link says, in a phrase.</param>
/// <param name="Cap">Its cap; none where it inherits.</param>
/// <param name="Applies">Whether it is the one that counts; true for exactly one link.</param>
public sealed record CapLink(string Source, string Description, MemberCap? Cap, bool Applies);

/// <summary>The cap that counts for a member, with the chain that it comes from.</summary>
/// <param name="Cap">The cap.</param>
/// <param name="Chain">Member, role, group default, in the order in which they are asked.</param>
public sealed record CapInForce(MemberCap Cap, IReadOnlyList<CapLink> Chain)
{
    /// <summary>The link that counts.</summary>
    public CapLink Link => Chain.First(l => l.Applies);

    /// <summary>The chain of one span as a limit's chain.</summary>
    public IReadOnlyList<LimitLink> LimitsOf(CapSpan span) =>
        [.. Chain.Select(l => new LimitLink(l.Source, l.Description, l.Cap?.Of(span), l.Cap?.Of(span) is null ? null : LimitKind.Hard, l.Applies))];
}

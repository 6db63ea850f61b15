using NodaTime;
using NodaTime.Text;
using OpenMeet.Insights.Domain.Pricing;

namespace OpenMeet.Insights.Domain.Quotas;

/// <summary>A limit set on one account by a person, valid now. The caller leaves out what has expired or was ended.</summary>
/// <param name="Limit">The limit in the meter's unit (storage: bytes of the level).</param>
/// <param name="Kind">Whether it stops or only warns.</param>
/// <param name="Reason">Why it was set.</param>
/// <param name="ExpiresAt">When it ends by itself; none for a permanent one.</param>
public sealed record OverrideLimit(decimal Limit, LimitKind Kind, string Reason, Instant? ExpiresAt);

/// <summary>What the account's plan version says about a meter.</summary>
/// <param name="PlanName">Name of the plan, for people.</param>
/// <param name="Version">Version of the plan that the account is on.</param>
/// <param name="Limit">The limit in the meter's unit; none where the plan limits nothing.</param>
/// <param name="Kind">Whether it stops or only warns.</param>
public sealed record PlanLimit(string PlanName, int Version, decimal? Limit, LimitKind Kind);

/// <summary>The tenant's limit for accounts that nothing else limits.</summary>
/// <param name="Limit">The limit in the meter's unit.</param>
/// <param name="Kind">Whether it stops or only warns.</param>
public sealed record DefaultLimit(decimal Limit, LimitKind Kind);

/// <summary>One link of the chain that a limit comes from.</summary>
/// <param name="Source"><c>override</c>, <c>plan</c>, <c>tenantDefault</c> or <c>unlimited</c>.</param>
/// <param name="Description">What the link says, in a phrase.</param>
/// <param name="Limit">Its limit in the meter's unit; none where it sets none.</param>
/// <param name="Kind">Its kind; none where it sets no limit.</param>
/// <param name="Applies">Whether it is the one that counts; true for exactly one link of a chain.</param>
public sealed record LimitLink(string Source, string Description, decimal? Limit, LimitKind? Kind, bool Applies);

/// <summary>
/// The limit that counts for an account and a meter, with the chain that it comes from: override, plan, tenant default,
/// unlimited. What a plan includes never limits, and a change of plan prorates no limit.
/// </summary>
/// <param name="Limit">The limit in the meter's unit; none where unlimited.</param>
/// <param name="Kind">Whether it stops or only warns; without meaning where unlimited.</param>
/// <param name="Chain">Every link, in the order in which they are asked.</param>
public sealed record EffectiveLimit(decimal? Limit, LimitKind Kind, IReadOnlyList<LimitLink> Chain)
{
    /// <summary>The first that applies wins. The whole chain is returned, with what did not apply.</summary>
    public static EffectiveLimit Resolve(OverrideLimit? validOverride, PlanLimit? planLimit, DefaultLimit? tenantDefault)
    {
        var links = new (string Source, string Description, decimal? Limit, LimitKind Kind)[]
        {
            ("override", Describe(validOverride), validOverride?.Limit, validOverride?.Kind ?? default),
            ("plan", Describe(planLimit), planLimit?.Limit, planLimit?.Kind ?? default),
            ("tenantDefault", tenantDefault is null ? "no default limit" : "default of the community",
                tenantDefault?.Limit, tenantDefault?.Kind ?? default),
        };
        var winner = Array.FindIndex(links, l => l.Limit is not null);
        List<LimitLink> chain =
        [
            .. links.Select((l, i) => new LimitLink(l.Source, l.Description, l.Limit, l.Limit is null ? null : l.Kind, i == winner)),
            new LimitLink("unlimited", "nothing limits it", null, null, winner < 0),
        ];
        return winner < 0 ? new(null, LimitKind.Soft, chain) : new(links[winner].Limit, links[winner].Kind, chain);
    }

    private static string Describe(OverrideLimit? own) => own switch
    {
        null => "no override",
        { ExpiresAt: { } end } => $"override until {InstantPattern.General.Format(end)}: {own.Reason}",
        _ => $"permanent override: {own.Reason}",
    };

    private static string Describe(PlanLimit? plan) => plan switch
    {
        null => "no plan",
        { Limit: null } => $"{plan.PlanName} v{plan.Version} sets no limit",
        _ => $"{plan.PlanName} v{plan.Version}",
    };
}

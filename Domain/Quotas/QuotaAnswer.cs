using OpenMeet.Insights.Domain.Pricing;

namespace OpenMeet.Insights.Domain.Quotas;

/// <summary>The answer to "may this account use so much more?".</summary>
/// <param name="Allowed">Whether the amount may be used. A soft limit never denies.</param>
/// <param name="State">Where the account stands before the amount.</param>
/// <param name="Limit">The effective limit in the meter's unit; none where unlimited.</param>
/// <param name="Used">Used in the period; stock meters: the level now.</param>
/// <param name="Reserved">Live reservations.</param>
/// <param name="Remaining"><c>limit - used - reserved</c>, below zero when over; none where unlimited.</param>
/// <param name="Reason">Why, in a sentence with the numbers.</param>
public sealed record QuotaAnswer(
    bool Allowed, QuotaState State, decimal? Limit, decimal Used, decimal Reserved, decimal? Remaining, string Reason)
{
    /// <summary>Asks a limit. A hard one denies where <c>used + reserved + amount &gt; limit</c>; a soft one never does.</summary>
    /// <param name="limit">The effective limit.</param>
    /// <param name="used">Used in the period; stock meters: the level now. In the meter's unit.</param>
    /// <param name="reserved">Live reservations, same unit.</param>
    /// <param name="amount">What is asked for, same unit.</param>
    /// <param name="forecastDays">Days until the middle forecast reaches the limit; none where it does not.</param>
    /// <param name="unit">The meter's unit, for the sentence only.</param>
    public static QuotaAnswer Ask(
        EffectiveLimit limit, decimal used, decimal reserved, decimal amount, int? forecastDays, string unit = "")
    {
        ArgumentNullException.ThrowIfNull(limit);
        var state = QuotaStanding.StateOf(used, reserved, limit.Limit, limit.Kind, forecastDays);
        var left = limit.Limit - used - reserved;
        var allowed = limit.Limit is null || limit.Kind == LimitKind.Soft || amount <= left;
        return new QuotaAnswer(allowed, state, limit.Limit, used, reserved, left, Sentence(limit, used, reserved, amount, allowed, unit));
    }

    /// <summary>
    /// Two limits that must both hold (an override on a group without a plan, and the account that pays for it): allowed only
    /// where both allow, reported by the tighter one.
    /// </summary>
    public static QuotaAnswer Both(QuotaAnswer account, QuotaAnswer ceiling)
    {
        ArgumentNullException.ThrowIfNull(account);
        ArgumentNullException.ThrowIfNull(ceiling);
        if (account.Allowed != ceiling.Allowed)
        {
            return account.Allowed ? ceiling : account;
        }
        return (ceiling.Remaining ?? decimal.MaxValue) < (account.Remaining ?? decimal.MaxValue) ? ceiling : account;
    }

    private static string Sentence(EffectiveLimit limit, decimal used, decimal reserved, decimal amount, bool allowed, string unit)
    {
        string Text(decimal quantity) => QuantityText.Of(quantity, unit);
        var held = reserved == 0 ? "" : $" and {Text(reserved)} reserved";
        if (limit.Limit is not { } most)
        {
            return $"Allowed: there is no limit; {Text(used)} used{held}.";
        }
        var standing = $"{Text(used)} of {Text(most)} used{held}";
        var left = most - used - reserved;
        if (!allowed)
        {
            return left > 0
                ? $"Denied: {standing}; {Text(amount)} more would pass the limit by {Text(amount - left)}."
                : $"Denied: {standing}; nothing remains for {Text(amount)} more.";
        }
        var after = left - amount;
        return after >= 0
            ? $"Allowed: {standing}; {Text(after)} would remain after {Text(amount)} more."
            : $"Allowed: {standing}; {Text(amount)} more would be {Text(-after)} over a limit that does not stop.";
    }
}

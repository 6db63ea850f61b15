using OpenMeet.Insights.Domain.Pricing;

namespace OpenMeet.Insights.Domain.Quotas;

/// <summary>Where an account stands against a limit.</summary>
public enum QuotaState
{
    /// <summary>There is no limit.</summary>
    None,

    /// <summary>Under 75 %, and not forecast to reach the limit within 45 days.</summary>
    Ok,

    /// <summary>From 75 %, or forecast to reach the limit within 45 days.</summary>
    Watch,

    /// <summary>From 90 %, or forecast to reach the limit within 14 days.</summary>
    Act,

    /// <summary>At a soft limit or beyond it: nothing stops.</summary>
    Over,

    /// <summary>At a hard limit or beyond it: what would add is refused.</summary>
    Blocked,
}

/// <summary>The thresholds of a quota's state.</summary>
public static class QuotaStanding
{
    /// <summary>Share of the limit from which a quota is watched.</summary>
    public const decimal WatchShare = 0.75m;

    /// <summary>Share of the limit from which somebody should act.</summary>
    public const decimal ActShare = 0.90m;

    /// <summary>A limit forecast within so many days is watched.</summary>
    public const int WatchDays = 45;

    /// <summary>A limit forecast within so many days asks for action.</summary>
    public const int ActDays = 14;

    /// <summary>The state of a quota. What is reserved counts as used.</summary>
    /// <param name="used">Used in the period; stock meters: the level now. In the meter's unit.</param>
    /// <param name="reserved">Live reservations, same unit.</param>
    /// <param name="limit">The effective limit, same unit; none where unlimited.</param>
    /// <param name="kind">Whether the limit stops or only warns.</param>
    /// <param name="forecastP50Days">Days until the middle forecast reaches the limit; none where it does not.</param>
    public static QuotaState StateOf(decimal used, decimal reserved, decimal? limit, LimitKind kind, int? forecastP50Days)
    {
        if (limit is not { } most)
        {
            return QuotaState.None;
        }
        var taken = used + reserved;
        if (taken >= most)
        {
            return kind == LimitKind.Hard ? QuotaState.Blocked : QuotaState.Over;
        }
        if (taken >= ActShare * most || forecastP50Days <= ActDays)
        {
            return QuotaState.Act;
        }
        return taken >= WatchShare * most || forecastP50Days <= WatchDays ? QuotaState.Watch : QuotaState.Ok;
    }
}

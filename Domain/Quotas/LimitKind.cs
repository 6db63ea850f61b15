namespace OpenMeet.Insights.Domain.Quotas;

/// <summary>What a limit does when it is reached.</summary>
public enum LimitKind
{
    /// <summary>It warns; nothing stops.</summary>
    Soft,

    /// <summary>What would pass it is refused.</summary>
    Hard,
}

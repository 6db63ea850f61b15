namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>What happens where a limit is reached.</summary>
public enum LimitKind
{
    /// <summary>It is shown and warned of; nothing is denied.</summary>
    Soft,

    /// <summary>What would pass it is denied.</summary>
    Hard,
}

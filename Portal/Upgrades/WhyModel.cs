using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Upgrades;

namespace OpenMeet.Insights.Portal.Upgrades;

/// <summary>How much of a decision is shown.</summary>
public enum WhyLevel
{
    /// <summary>The sentence, and what one can answer.</summary>
    Sentence,

    /// <summary>All that led to it.</summary>
    Details,

    /// <summary>Every input, and the record as it is stored.</summary>
    Record,
}

/// <summary>A decision as its page shows it.</summary>
/// <param name="Record">All that is said.</param>
/// <param name="Responses">What was answered to it, newest first.</param>
/// <param name="Earlier">Other decisions about the account, newest first.</param>
public sealed record WhyModel(DecisionRecord Record, IReadOnlyList<DecisionResponse> Responses, IReadOnlyList<DecisionEntry> Earlier)
{
    /// <summary>The decision with which this ask began; null where nothing is asked.</summary>
    public Guid? AskId { get; init; }

    /// <summary>Replies of the account that are not over.</summary>
    public IReadOnlyList<StandingReply> Standing { get; init; } = [];

    /// <summary>Every ask of the account.</summary>
    public IReadOnlyList<PastAsk> Asks { get; init; } = [];

    /// <summary>The newest dispute of the account.</summary>
    public Dispute? Dispute { get; init; }

    /// <summary>What was said to "Useful?".</summary>
    public bool? Useful { get; init; }

    /// <summary>Whether the viewer decides for the account.</summary>
    public bool MayAnswer { get; init; } = true;

    /// <summary>Who decides, where it is not the viewer.</summary>
    public string? Decides { get; init; }

    /// <summary>How much is shown.</summary>
    public WhyLevel Level { get; init; } = WhyLevel.Details;

    /// <summary>Whether it asks something now.</summary>
    public bool Asked => new AnsweredDecision(Record, Responses, AskId, Standing).Asked;
}

/// <summary>An answer as somebody gives it.</summary>
/// <param name="Response"><c>snooze</c>, <c>dispute</c> or <c>dismiss</c>.</param>
/// <param name="Days">Of a snooze: how long; null where it has no date.</param>
/// <param name="Ends">Of a snooze without a date: <c>90%</c>, <c>limit</c> or <c>never</c>.</param>
/// <param name="Reason">Of a dispute: what is wrong.</param>
/// <param name="Text">What it says.</param>
public sealed record DecisionAnswer(string Response, int? Days = null, string? Ends = null, string? Reason = null, string? Text = null);

/// <summary>Where the links of a decision's page lead.</summary>
/// <param name="Why">A decision of this account; the newest where none is named.</param>
/// <param name="Way">The dry run of a way out.</param>
/// <param name="Plan">The plan page, with a plan to look at.</param>
public sealed record WhyLinks(Func<string?, string> Why, Func<string, string> Way, Func<string?, string> Plan)
{
    /// <summary>A decision at a level of detail.</summary>
    public string At(string? decision, WhyLevel level) => Shared.PortalUrls.Add(Why(decision), ("level", level switch { WhyLevel.Sentence => "sentence", WhyLevel.Record => "record", _ => null }));
}

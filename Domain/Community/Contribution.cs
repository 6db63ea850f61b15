using NodaTime;

namespace OpenMeet.Insights.Domain.Community;

/// <summary>What a person did for the group.</summary>
public enum ContributionKind
{
    Message,
    Upload,
    Event,
    Answer,
    CheckIn,
}

/// <summary>One act of a person.</summary>
public sealed record Contribution(string Who, Instant At, ContributionKind Kind)
{
    /// <summary>Whether it makes something; an answer or a check-in takes part only.</summary>
    public bool Makes => Kind is ContributionKind.Message or ContributionKind.Upload or ContributionKind.Event;
}

/// <summary>How much hangs on few people.</summary>
/// <param name="All">All contributions.</param>
/// <param name="Top1">Those of the one who made most.</param>
/// <param name="Top5">Those of the five who made most.</param>
/// <param name="Top10">Those of the ten who made most.</param>
/// <param name="MakeHalf">The fewest people who make at least half; 0 of nothing.</param>
/// <param name="People">Who contributed at all.</param>
public sealed record Concentration(int All, int Top1, int Top5, int Top10, int MakeHalf, int People)
{
    /// <summary>Works it out from what was made.</summary>
    public static Concentration Of(IEnumerable<Contribution> contributions)
    {
        var counts = contributions.Where(c => c.Makes).GroupBy(c => c.Who, StringComparer.Ordinal).Select(p => p.Count()).OrderDescending().ToList();
        var all = counts.Sum();
        var (half, sum) = (0, 0);
        while (2 * sum < all) sum += counts[half++];
        return new Concentration(all, counts.Take(1).Sum(), counts.Take(5).Sum(), counts.Take(10).Sum(), half, counts.Count);
    }

    /// <summary>Messages and events by people without an organiser's role at that time, of all.</summary>
    public static PartOf MemberMade(IEnumerable<Contribution> contributions, MemberBook members)
    {
        var made = contributions.Where(c => c.Kind is ContributionKind.Message or ContributionKind.Event).ToList();
        return new PartOf(made.Count(c => !members.Organises(c.Who, c.At)), made.Count);
    }
}

/// <summary>A person's acts in a window, weighed.</summary>
/// <param name="Who">The person.</param>
/// <param name="Counts">Acts by kind.</param>
/// <param name="Sum">All weights added.</param>
/// <param name="Heaviest">The weight of the heaviest act.</param>
public sealed record WeighedContributor(string Who, IReadOnlyDictionary<ContributionKind, int> Counts, decimal Sum, decimal Heaviest)
{
    /// <summary>How many acts of a kind.</summary>
    public int Of(ContributionKind kind) => Counts.GetValueOrDefault(kind);
}

/// <summary>How much an act of each kind weighs; never less than nothing.</summary>
public sealed record ContributionWeights(decimal Message, decimal Upload, decimal Event, decimal Answer, decimal CheckIn)
{
    /// <summary>What is used where nobody says otherwise.</summary>
    public static readonly ContributionWeights Usual = new(1, 2, 10, 1, 3);

    /// <summary>The weight of one act.</summary>
    public decimal Of(ContributionKind kind) => kind switch
    {
        ContributionKind.Message => Message,
        ContributionKind.Upload => Upload,
        ContributionKind.Event => Event,
        ContributionKind.Answer => Answer,
        _ => CheckIn,
    };

    /// <summary>Weighs everybody's acts, the greatest sum first; who weighs nothing is left out.</summary>
    public IReadOnlyList<WeighedContributor> Weigh(IEnumerable<Contribution> contributions) =>
    [
        .. contributions.GroupBy(c => c.Who, StringComparer.Ordinal)
            .Select(p => new WeighedContributor(
                p.Key, p.GroupBy(c => c.Kind).ToDictionary(k => k.Key, k => k.Count()), p.Sum(c => Of(c.Kind)), p.Max(c => Of(c.Kind))))
            .Where(p => p.Sum > 0).OrderByDescending(p => p.Sum).ThenBy(p => p.Who, StringComparer.Ordinal),
    ];
}

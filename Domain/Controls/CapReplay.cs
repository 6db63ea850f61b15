using NodaTime;

namespace OpenMeet.Insights.Domain.Controls;

/// <summary>One upload of the past.</summary>
/// <param name="User">Who.</param>
/// <param name="Day">The day in the group's zone.</param>
/// <param name="Bytes">How much.</param>
public sealed record PastUpload(string User, LocalDate Day, decimal Bytes);

/// <summary>What a policy would have meant in the last 28 days.</summary>
/// <param name="Members">Who is a member now, guests left out.</param>
/// <param name="MetCap">Those of whom at least one upload would have been refused by a cap.</param>
/// <param name="WithoutRight">Those who uploaded, and whose role may not any more.</param>
/// <param name="From">The first day.</param>
/// <param name="To">The last day, today.</param>
public sealed record PolicyEffect(int Members, int MetCap, int WithoutRight, LocalDate From, LocalDate To)
{
    /// <summary>How many days are looked at, today included.</summary>
    public const int Days = 28;

    /// <summary>In a sentence: <c>12 of 340 members would have met this cap in the last 28 days.</c></summary>
    public string Sentence => $"{Of(MetCap)} would have met this cap in the last {Days} days."
        + (WithoutRight == 0 ? "" : $" {Of(WithoutRight)} uploaded in these days and could not any more.");

    private string Of(int count) => FormattableString.Invariant($"{count} of {Members} members");
}

/// <summary>Holds a policy against what was uploaded.</summary>
public static class CapReplay
{
    /// <summary>The first day whose uploads are needed: months count from their beginning.</summary>
    public static LocalDate NeededFrom(LocalDate today) => today.PlusDays(1 - PolicyEffect.Days).With(DateAdjusters.StartOfMonth);

    /// <summary>What a policy would have meant to the members.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="members">Members now, with their roles; guests left out.</param>
    /// <param name="uploads">What they uploaded from <see cref="NeededFrom"/> on, in any order.</param>
    /// <param name="today">Today in the group's zone.</param>
    public static PolicyEffect Of(GroupPolicy policy, IReadOnlyCollection<(string User, string Role)> members, IEnumerable<PastUpload> uploads, LocalDate today)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(members);
        var from = today.PlusDays(1 - PolicyEffect.Days);
        var byUser = uploads.Where(u => u.Day <= today).ToLookup(u => u.User, StringComparer.Ordinal);
        var met = members.Count(m => Meets(policy.CapOf(m.User, m.Role).Cap, [.. byUser[m.User]], from));
        var without = members.Count(m => !policy.Rights.Allows(MemberAct.Upload, m.Role) && byUser[m.User].Any(u => u.Day >= from));
        return new PolicyEffect(members.Count, met, without, from, today);
    }

    // At least one upload of these days would have been refused, by its own size or by what its day or month had come to.
    private static bool Meets(MemberCap cap, IReadOnlyList<PastUpload> uploads, LocalDate from) =>
        uploads.Any(u => u.Day >= from && u.Bytes > cap.PerFile)
        || uploads.Where(u => u.Day >= from).GroupBy(u => u.Day).Any(d => d.Sum(u => u.Bytes) > cap.PerDay)
        || uploads.GroupBy(u => (u.Day.Year, u.Day.Month)).Any(m => m.Any(u => u.Day >= from && u.Bytes > 0) && m.Sum(u => u.Bytes) > cap.PerMonth);
}

using NodaTime;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Domain.Attribution;

/// <summary>The policies of one tenant by date. A new one begins with a billing period; what was before keeps the policy of its time.</summary>
public sealed class AttributionSchedule
{
    private readonly (Instant From, AttributionPolicy Policy)[] _policies;

    /// <summary>A schedule.</summary>
    /// <param name="policies">In order of time; the first holds from the beginning.</param>
    public AttributionSchedule(IEnumerable<(Instant From, AttributionPolicy Policy)> policies)
    {
        _policies = [.. policies];
        if (_policies.Length == 0) throw new ArgumentException("A schedule has at least one policy.", nameof(policies));
        Changes = [.. _policies.Skip(1).Select(p => p.From)];
    }

    /// <summary>Only the default policy.</summary>
    public static AttributionSchedule Default { get; } = new([(Instant.MinValue, AttributionPolicy.Default)]);

    /// <summary>The instants at which another policy begins.</summary>
    public IReadOnlyList<Instant> Changes { get; }

    /// <summary>The policy in force at an instant.</summary>
    public AttributionPolicy At(Instant time)
    {
        var i = _policies.Length - 1;
        while (i > 0 && _policies[i].From > time) i--;
        return _policies[i].Policy;
    }

    /// <summary>
    /// What a change of a level means to carriers: at its own time, and again at each later change of policy, where it passes from the
    /// old carriers to the new ones. A level is the sum of its changes, so the whole level passes.
    /// </summary>
    /// <param name="holder">Whom it may count against.</param>
    /// <param name="time">When the level changes.</param>
    /// <param name="delta">By how much.</param>
    /// <param name="isWhole">Whether it cannot be shared (a snapshot's): under a split it stays with the group.</param>
    public IEnumerable<LevelChange> Spread(Holder holder, Instant time, Quantity delta, bool isWhole = false)
    {
        CarriedParts Share(AttributionPolicy policy) => isWhole ? new CarriedParts(policy.One(holder), delta, null, Quantity.Zero) : policy.Share(holder, delta);
        var parts = Share(At(time));
        foreach (var change in Of(parts, time, false, false)) yield return change;
        foreach (var begins in Changes.Where(c => c > time))
        {
            var next = Share(At(begins));
            if (next == parts) continue;
            foreach (var change in Of(parts, begins, true, true)) yield return change;
            foreach (var change in Of(next, begins, true, false)) yield return change;
            parts = next;
        }
    }

    /// <summary>
    /// What it means that a level passes from one holder to another: netted, so that who keeps a part is not emptied first.
    /// </summary>
    public IEnumerable<LevelChange> Move(Holder from, Holder to, Instant time, Quantity level) =>
        Spread(from, time, -level).Concat(Spread(to, time, level))
            .GroupBy(c => (c.Time, c.Carrier, c.ByPolicy)).OrderBy(c => c.Key.Time)
            .Select(c => new LevelChange(c.Key.Carrier, c.Key.Time, c.Aggregate(Quantity.Zero, (sum, x) => sum + x.Delta), c.Key.ByPolicy))
            .Where(c => c.Delta != Quantity.Zero);

    private static IEnumerable<LevelChange> Of(CarriedParts parts, Instant time, bool byPolicy, bool leaves)
    {
        yield return new LevelChange(parts.First, time, leaves ? -parts.FirstPart : parts.FirstPart, byPolicy);
        if (parts.Second is { } second) yield return new LevelChange(second, time, leaves ? -parts.SecondPart : parts.SecondPart, byPolicy);
    }
}

/// <summary>A change of one carrier's level.</summary>
/// <param name="Carrier">Whose.</param>
/// <param name="Time">When.</param>
/// <param name="Delta">By how much.</param>
/// <param name="ByPolicy">Whether it follows from a change of the policy and not from the event's own moment.</param>
public readonly record struct LevelChange(Carrier Carrier, Instant Time, Quantity Delta, bool ByPolicy);

using System.Numerics;
using NodaTime;

namespace OpenMeet.Insights.Tests.Exactness;

/// <summary>What one event says to one meter.</summary>
/// <param name="Time">When.</param>
/// <param name="Amount">The number, or one; a change of bytes for storage; nothing for people.</param>
/// <param name="Person">Who did it.</param>
public sealed record Reading(Instant Time, Fraction Amount, string? Person);

/// <summary>All readings of the events that count, by whom they count against and by who did it.</summary>
public sealed class PlainLedger
{
    private static readonly Reading[] None = [];
    private readonly Dictionary<(string Meter, string Key), List<Reading>> carried = [];
    private readonly Dictionary<(string Meter, string Key), List<Reading>> acted = [];

    /// <param name="events">Without the voided ones.</param>
    /// <param name="policy">Who carries.</param>
    /// <param name="present">A carrier's key with its group's present slug.</param>
    public PlainLedger(IReadOnlyCollection<RawEvent> events, Policy policy, Func<string, string> present)
    {
        foreach (var e in events)
        {
            foreach (var (meter, (types, number)) in PlainMeters.Sums)
            {
                if (!types.Contains(e.Type) || (number is null ? 1m : e.Number(number)) is not { } amount) continue;
                Add(acted, meter, Acting(e), new Reading(e.Time, amount, e.Subject));
                foreach (var (carrier, part) in policy.Share(e.Group, e.Subject, amount)) Add(carried, meter, present(carrier), new Reading(e.Time, part, e.Subject));
            }
            foreach (var (meter, types) in PlainMeters.People)
            {
                if (!types.Contains(e.Type) || e.Subject is null) continue;
                var reading = new Reading(e.Time, Fraction.Zero, e.Subject);
                Add(acted, meter, Acting(e), reading);
                foreach (var (carrier, _) in policy.Carriers(e.Group, e.Subject)) Add(carried, meter, present(carrier), reading);
            }
        }
        foreach (var change in PlainStorage.Replay(events, policy))
        {
            var reading = new Reading(change.Time, change.Bytes, change.Event.Subject);
            Add(carried, PlainMeters.Storage, present(change.Carrier), reading);
            if (!change.IsMove) Add(acted, PlainMeters.Storage, Acting(change.Event), reading);
        }
    }

    /// <summary>All carriers, nobody among them as the empty key.</summary>
    public IReadOnlyList<string> Carriers => [.. carried.Keys.Select(k => k.Key).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>All who did something, as carriers are called.</summary>
    public IReadOnlyList<string> Actors => [.. acted.Keys.Select(k => k.Key).Distinct().Order(StringComparer.Ordinal)];

    public IReadOnlyList<Reading> Carried(string meter, string carrier) => carried.TryGetValue((meter, carrier), out var readings) ? readings : None;

    public IReadOnlyList<Reading> Acted(string meter, string actor) => acted.TryGetValue((meter, actor), out var readings) ? readings : None;

    /// <summary>The sum over <c>[from, to)</c>.</summary>
    public static Fraction Sum(IEnumerable<Reading> readings, Instant from, Instant to) =>
        readings.Where(r => r.Time >= from && r.Time < to).Total(r => r.Amount);

    /// <summary>The level just before an instant.</summary>
    public static Fraction Level(IEnumerable<Reading> readings, Instant at) => readings.Where(r => r.Time < at).Total(r => r.Amount);

    /// <summary>Unit-seconds over <c>[from, to)</c>.</summary>
    public static Fraction Integral(IEnumerable<Reading> readings, Instant from, Instant to) =>
        readings.Where(r => r.Time < to).Total(r => r.Amount * Seconds(Instant.Max(from, r.Time), to));

    /// <summary>The sum, or for bytes the byte-seconds.</summary>
    public static Fraction Quantity(string meter, IEnumerable<Reading> readings, Instant from, Instant to) =>
        meter == PlainMeters.Storage ? Integral(readings, from, to) : Sum(readings, from, to);

    public static Fraction Seconds(Instant from, Instant to) => new((BigInteger)((to - from).BclCompatibleTicks / 10), 1_000_000);

    private static string Acting(RawEvent e) => e.Subject is null ? "" : "user:" + e.Subject;

    private static void Add(Dictionary<(string, string), List<Reading>> to, string meter, string key, Reading reading)
    {
        if (!to.TryGetValue((meter, key), out var readings)) to[(meter, key)] = readings = [];
        readings.Add(reading);
    }
}

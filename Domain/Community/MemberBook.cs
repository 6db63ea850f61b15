using NodaTime;

namespace OpenMeet.Insights.Domain.Community;

/// <summary>A stretch in which a person had one role in a group.</summary>
public sealed record MemberStay(string Who, string Role, Instant From, Instant? Until);

/// <summary>Members at the ends of a window, and who came and went in it: at the start + joined − left = at the end.</summary>
/// <param name="AtStart">Null where nothing is known of that time.</param>
/// <param name="Joined">Memberships that began.</param>
/// <param name="Left">Memberships that ended.</param>
/// <param name="AtEnd">Null where nothing is known of that time.</param>
public sealed record MemberFlow(int? AtStart, int Joined, int Left, int? AtEnd)
{
    /// <summary>Joined less left.</summary>
    public int Net => Joined - Left;

    /// <summary>Left, of the members at the start; null without members.</summary>
    public decimal? Churn => AtStart is > 0 ? Left / (decimal)AtStart : null;
}

/// <summary>Who was a member when. Guests are none; a changed role is neither a join nor a leave.</summary>
public sealed class MemberBook
{
    private readonly List<(string Who, Instant From, Instant? Until)> _spans = [];
    private readonly ILookup<string, MemberStay> _stays;
    private readonly Instant? _known;

    /// <summary>Takes stays in any order.</summary>
    public MemberBook(IEnumerable<MemberStay> stays)
    {
        _stays = stays.OrderBy(s => s.From).ToLookup(s => s.Who, StringComparer.Ordinal);
        foreach (var person in _stays)
        {
            (Instant From, Instant? Until)? open = null;
            foreach (var stay in person)
            {
                if (_known is null || stay.From < _known) _known = stay.From;
                if (stay.Role == "guest") continue;
                if (open is { } span && (span.Until is null || span.Until >= stay.From)) open = (span.From, span.Until is null || stay.Until is null ? null : Instant.Max(span.Until.Value, stay.Until.Value));
                else
                {
                    if (open is { } closed) _spans.Add((person.Key, closed.From, closed.Until));
                    open = (stay.From, stay.Until);
                }
            }
            if (open is { } last) _spans.Add((person.Key, last.From, last.Until));
        }
    }

    /// <summary>The same without some people.</summary>
    public MemberBook Without(IReadOnlySet<string> people) => new(_stays.Where(p => !people.Contains(p.Key)).SelectMany(p => p));

    /// <summary>Members at an instant; null where nothing is known of that time.</summary>
    public int? CountAt(Instant at) => _known is { } first && first <= at ? _spans.Count(s => s.From <= at && !(s.Until <= at)) : null;

    /// <summary>Who was a member at an instant.</summary>
    public IReadOnlySet<string> At(Instant at) => Between(at, at + Duration.FromTicks(1));

    /// <summary>Who was a member at any time of a stretch, half-open.</summary>
    public IReadOnlySet<string> Between(Instant from, Instant until) => _spans.Where(s => s.From < until && !(s.Until <= from)).Select(s => s.Who).ToHashSet(StringComparer.Ordinal);

    /// <summary>Who came and who went from an instant up to, not including, another.</summary>
    public MemberFlow Flow(Instant from, Instant until) => new(
        CountAt(from - Duration.FromTicks(10)), _spans.Count(s => s.From >= from && s.From < until), _spans.Count(s => s.Until >= from && s.Until < until), CountAt(until - Duration.FromTicks(10)));

    /// <summary>When each person first became a member.</summary>
    public IReadOnlyDictionary<string, Instant> Joins() => _spans.GroupBy(s => s.Who, StringComparer.Ordinal).ToDictionary(p => p.Key, p => p.Min(s => s.From), StringComparer.Ordinal);

    /// <summary>Whether a person helped to run the group at an instant.</summary>
    public bool Organises(string who, Instant at) => _stays[who].Any(s => s.Role is "owner" or "admin" or "moderator" && s.From <= at && !(s.Until <= at));

    /// <summary>Who helped to run the group at an instant.</summary>
    public IReadOnlySet<string> Organisers(Instant at) => _stays.Select(p => p.Key).Where(who => Organises(who, at)).ToHashSet(StringComparer.Ordinal);
}

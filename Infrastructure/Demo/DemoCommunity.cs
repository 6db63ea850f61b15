using System.Text;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Demo;

/// <summary>
/// A made-up year of a community that ends at an instant given by the caller: twelve whole months (UTC) and the current
/// one. The same instant and seed give the same year, byte for byte.
/// </summary>
public sealed class DemoCommunity
{
    /// <summary>Plays the year up to <paramref name="now"/>.</summary>
    public DemoCommunity(Instant now, int seed = 20261123)
    {
        var calendar = new DemoCalendar(now);
        var people = new DemoPeople(calendar, seed);
        (Start, Now) = (calendar.Start, now);
        Groups = people.Groups;
        Users = [.. people.People.Select(person => person.User)];
        Memberships = [.. DemoCharacter.All.SelectMany(character => people.Stays(character.Key)
            .Select(stay => new DemoMembership(character.Key, stay.Person.User.Key, stay.Role, stay.From, stay.To)))];
        Assignments = DemoCatalog.Assignments(calendar, people);
        Bills = DemoCatalog.Bills(calendar);
        Rates = DemoCatalog.Rates(calendar);
        Capacities = DemoCatalog.Capacities(calendar);
        Overrides = DemoCatalog.Overrides(calendar);

        using var log = new DemoLog(Start, now);
        var presence = new DemoPresence(calendar);
        Arrive(people, presence, log);
        var gatherings = new DemoGatherings(calendar, people, presence, log, seed);
        gatherings.Play();
        new DemoChat(calendar, people, gatherings, presence, log, seed).Play();
        new DemoFiles(calendar, people, gatherings, presence, log, seed).Play();
        new DemoTraffic(calendar, people, presence, log, seed).Play();
        EventsUtf8 = log.InOrder();
    }

    /// <summary>The key of the plain member who signs in as member@demo.example.</summary>
    public static string MemberKey => DemoPeople.Member;

    /// <summary>The key of the owner of two groups who signs in as manager@demo.example.</summary>
    public static string ManagerKey => DemoPeople.Manager;

    /// <summary>The key of the platform's administrator who signs in as admin@demo.example.</summary>
    public static string AdminKey => DemoPeople.Admin;

    /// <summary>The first instant of the year; plans are offered and rates hold from here.</summary>
    public Instant Start { get; }

    /// <summary>The instant at which the year ends; no event is later.</summary>
    public Instant Now { get; }

    /// <summary>The people.</summary>
    public IReadOnlyList<DemoUser> Users { get; }

    /// <summary>The groups, all of them founded before <see cref="Now"/>.</summary>
    public IReadOnlyList<DemoGroup> Groups { get; }

    /// <summary>Who was in which group from when to when.</summary>
    public IReadOnlyList<DemoMembership> Memberships { get; }

    /// <summary>The plans, each a draft to publish with effect from <see cref="Start"/>.</summary>
    public IReadOnlyList<DemoPlan> Plans { get; } = DemoCatalog.Plans;

    /// <summary>Which account took which plan when; those of one account in the order of time.</summary>
    public IReadOnlyList<DemoAssignment> Assignments { get; }

    /// <summary>The bills of the twelve whole months.</summary>
    public IReadOnlyList<DemoBill> Bills { get; }

    /// <summary>The unit costs, in the order of time.</summary>
    public IReadOnlyList<DemoRate> Rates { get; }

    /// <summary>What the platform's pools can hold.</summary>
    public IReadOnlyList<DemoCapacity> Capacities { get; }

    /// <summary>The limits that single accounts were given.</summary>
    public IReadOnlyList<DemoOverride> Overrides { get; }

    /// <summary>The same events as <see cref="Events"/>, each as the bytes of its UTF-8 text.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> EventsUtf8 { get; }

    /// <summary>The events as CloudEvents 1.0 JSON, one a string, in the order of time.</summary>
    public IEnumerable<string> Events() => EventsUtf8.Select(json => Encoding.UTF8.GetString(json.Span));

    private static void Arrive(DemoPeople people, DemoPresence presence, DemoLog log)
    {
        foreach (var person in people.People)
        {
            var key = person.User.Key;
            log.Add(person.Joined, "user.created", key, null);
            log.Add(person.Joined + Duration.FromSeconds(3), "email.sent", key, null, ("kind", "welcome"), ("count", 1));
            var register = new DemoCall("POST", "/api/v1/auth/email/register", "profile", 240, 900);
            presence.Mark(key, null, person.Joined + Duration.FromSeconds(5), register);
        }

        foreach (var character in DemoCharacter.All)
        {
            foreach (var stay in people.Stays(character.Key))
            {
                var key = stay.Person.User.Key;
                if (stay.Role == "owner")
                {
                    log.Add(stay.From, "group.created", key, character.Key);
                }

                log.Add(stay.From, "group.member.joined", key, character.Key, ("role", stay.Role));
                presence.Mark(
                    key, character.Key, stay.From, new DemoCall("POST", $"/api/groups/{character.Key}/join", "groups", 85, 700));
                if (stay.To is { } left)
                {
                    log.Add(left, "group.member.left", key, character.Key);
                    presence.Mark(key, character.Key, left, new DemoCall("DELETE", $"/api/groups/{character.Key}/leave", "groups", 70, 0));
                }
            }
        }
    }
}

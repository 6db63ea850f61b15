using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Demo;

/// <summary>A person with the traits that the year is played from.</summary>
internal sealed record DemoPerson(DemoUser User, Instant Joined, double Energy, Instant? Fades, Instant? Returns)
{
    private const double Asleep = 0.03;

    /// <summary>How likely the person is to be about: eager at first, and for some, gone quiet after a while.</summary>
    public double Liveliness(Instant time)
    {
        if (Returns <= time)
        {
            return Energy * 0.7;
        }

        return Energy * (Fades <= time ? Asleep : time - Joined < Duration.FromDays(21) ? 1.6 : 1);
    }
}

/// <summary>One person's stay in one group.</summary>
internal sealed record DemoStay(DemoPerson Person, string Role, Instant From, Instant? To)
{
    public bool Covers(Instant time) => From <= time && !(To <= time);

    public bool Organises => Role is "owner" or "admin" or "moderator";
}

/// <summary>Who there is: people, groups, and who is in which.</summary>
internal sealed class DemoPeople
{
    public const string Member = "maya-member";
    public const string Manager = "oleg-manager";
    public const string Admin = "ada-admin";

    private const int Total = 340;

    private readonly DemoCalendar _calendar;
    private readonly Random _random;
    private readonly List<DemoPerson> _people = [];
    private readonly Dictionary<string, DemoPerson> _byKey = [];
    private readonly Dictionary<string, List<DemoStay>> _stays = [];

    public DemoPeople(DemoCalendar calendar, int seed)
    {
        _calendar = calendar;
        _random = DemoChance.Stream(seed, 1);
        AddKnown();
        AddOthers();
        foreach (var character in DemoCharacter.All)
        {
            Found(character);
        }

        Join(Member, DemoCharacter.TrailRunners, 5);
        Join(Member, "riverside-book-circle", 40);
        Join(Manager, "louisville-makers", 60);
        Join(Admin, "code-and-coffee", 50);
        Join(Admin, "new-in-town", 240);
        foreach (var person in _people.Skip(3 + DemoCharacter.All.Count - 1))
        {
            Settle(person);
        }

        foreach (var group in _stays.Keys.ToList())
        {
            _stays[group] = Appoint(_stays[group]);
        }
    }

    public IReadOnlyList<DemoPerson> People => _people;

    public IReadOnlyList<DemoGroup> Groups =>
        [.. DemoCharacter.All.Select(c => new DemoGroup(c.Key, c.Name, c.Owner, c.TimeZone, Founded(c)))];

    public DemoPerson this[string key] => _byKey[key];

    public IReadOnlyList<DemoStay> Stays(string group) => _stays[group];

    public int Size(string group, Instant time) => _stays[group].Count(stay => stay.Covers(time));

    public Instant Founded(DemoCharacter character) => _calendar.At(character.FoundedDay, 14.5);

    /// <summary>One of the group's people at that time, the lively ones more often; null where nobody is left to choose.</summary>
    public DemoPerson? Someone(Random random, string group, Instant time, ISet<string>? except = null)
    {
        var total = 0d;
        DemoPerson? chosen = null;
        foreach (var stay in _stays[group])
        {
            if (stay.Covers(time) && except?.Contains(stay.Person.User.Key) != true)
            {
                var weight = Math.Pow(stay.Person.Liveliness(time), 1.6) * (stay.Organises ? 1.5 : 1);
                total += weight;
                if (random.NextDouble() * total < weight)
                {
                    chosen = stay.Person;
                }
            }
        }

        return chosen;
    }

    /// <summary>One of the group's organisers at that time.</summary>
    public DemoPerson Organiser(Random random, string group, Instant time) =>
        random.Pick([.. _stays[group].Where(stay => stay.Organises && stay.Covers(time))]).Person;

    private void AddKnown()
    {
        Add("Maya Lindqvist", Member, "member@demo.example", _calendar.Start + Duration.FromHours(15.2), 1.8, steady: true);
        Add("Oleg Petrenko", Manager, "manager@demo.example", _calendar.Start + Duration.FromHours(14.4), 2.2, steady: true);
        Add("Ada Fairweather", Admin, "admin@demo.example", _calendar.Start + Duration.FromHours(13), 1.5, steady: true);
        foreach (var character in DemoCharacter.All.DistinctBy(c => c.Owner).Where(c => c.Owner != Manager))
        {
            var joined = character.FoundedDay == 0
                ? _calendar.Start + Duration.FromHours(13.5)
                : _calendar.At(Math.Max(0, character.FoundedDay - 9), 18.2);
            Add(character.OwnerName, character.Owner, $"{character.Owner}@demo.example", joined, 2, steady: true);
        }
    }

    private void AddOthers()
    {
        var days = Enumerable.Range(0, _calendar.Days).ToList();
        var arrivals = days.Select(day => day < 12 ? 13 : _calendar.Season(day) * (0.6 + ((double)day / _calendar.Days))).ToList();
        while (_people.Count < Total)
        {
            var first = _random.Pick(DemoNames.First);
            var last = _random.Pick(DemoNames.Last);
            var key = $"{first}-{last}".ToLowerInvariant();
            if (_byKey.ContainsKey(key))
            {
                continue;
            }

            var left = _random.NextDouble() * arrivals.Sum();
            var day = 0;
            while (day < arrivals.Count - 1 && left >= arrivals[day])
            {
                left -= arrivals[day++];
            }

            var joined = _calendar.Moment(_random, day);
            joined = Instant.Max(joined, _calendar.Start + Duration.FromHours(16));
            joined = Instant.Min(joined, _calendar.Now - Duration.FromMinutes(_random.Next(20, 600)));
            var email = $"{first}.{last}@demo.example".ToLowerInvariant();
            Add($"{first} {last}", key, email, joined, _random.LogNormal(0.75, 0.7), steady: false);
        }
    }

    private void Add(string name, string key, string email, Instant joined, double energy, bool steady)
    {
        Instant? fades = !steady && _random.Happens(0.45) ? joined + Duration.FromDays(5 + _random.Exponential(60)) : null;
        Instant? returns = fades is not null && _random.Happens(0.25) ? fades + Duration.FromDays(40 + _random.Exponential(60)) : null;
        var person = new DemoPerson(new DemoUser(key, name, email), joined, Math.Min(energy, 4), fades, returns);
        _people.Add(person);
        _byKey.Add(key, person);
    }

    private void Found(DemoCharacter character) =>
        _stays[character.Key] = [new DemoStay(_byKey[character.Owner], "owner", Founded(character), null)];

    private void Join(string user, string group, int day) =>
        _stays[group].Add(new DemoStay(_byKey[user], "member", _calendar.At(day, 19.1), null));

    private void Settle(DemoPerson person)
    {
        var wanted = _random.NextDouble() switch { < 0.55 => 1, < 0.86 => 2, _ => 3 };
        var joined = new HashSet<string>();
        for (var choice = 0; choice < wanted; choice++)
        {
            var character = Choose(person.Joined, joined);
            joined.Add(character.Key);
            var delay = choice == 0 ? Duration.FromMinutes(2 + _random.Exponential(90)) : Duration.FromDays(1 + _random.Exponential(35));
            var from = Instant.Max(person.Joined, Founded(character)) + delay;
            if (from >= _calendar.Now)
            {
                continue;
            }

            var to = from + Duration.FromDays(8 + _random.Exponential(90));
            var leaves = _random.Happens(0.1) && to < _calendar.Now;
            _stays[character.Key].Add(new DemoStay(person, _random.Happens(0.03) ? "guest" : "member", from, leaves ? to : null));
        }
    }

    private DemoCharacter Choose(Instant time, HashSet<string> except)
    {
        var day = _calendar.DayOf(time);
        var open = DemoCharacter.All.Where(c => !except.Contains(c.Key) && c.FoundedDay <= day + 20).ToList();
        var left = _random.NextDouble() * open.Sum(c => Pull(c, day));
        foreach (var character in open)
        {
            left -= Pull(character, day);
            if (left < 0)
            {
                return character;
            }
        }

        return open[^1];
    }

    private static double Pull(DemoCharacter character, int day) => character.Members * character switch
    {
        { Key: DemoCharacter.BoardGameNights } => day < 105 ? 1.8 : 0.35,
        { Key: "new-in-town" } => 3,
        _ => 1,
    };

    /// <summary>The first who stayed help to run the group.</summary>
    private static List<DemoStay> Appoint(List<DemoStay> stays)
    {
        var size = stays.Count;
        string[] roles = size > 60 ? ["admin", "admin", "moderator", "moderator", "moderator"] : ["admin", "moderator"];
        var next = 0;
        return [.. stays.OrderBy(stay => stay.From).Select(stay =>
            next < roles.Length && stay is { Role: "member", To: null, Person.Fades: null } && stay.Person.User.Key is not (Member or Admin)
                ? stay with { Role = roles[next++] }
                : stay)];
    }
}

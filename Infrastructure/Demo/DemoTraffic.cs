using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Demo;

/// <summary>Visits, their requests, the database work behind them, and the calls of calendars and crawlers that name nobody.</summary>
internal sealed class DemoTraffic(DemoCalendar calendar, DemoPeople people, DemoPresence presence, DemoLog log, int seed)
{
    private const int IncidentDaysAgo = 47;
    private const double CallsAVisit = 0.8;

    private readonly Random _random = DemoChance.Stream(seed, 5);
    private readonly Dictionary<string, List<(string Group, DemoStay Stay)>> _staysOf = [];

    public void Play()
    {
        foreach (var character in DemoCharacter.All)
        {
            foreach (var stay in people.Stays(character.Key))
            {
                if (!_staysOf.TryGetValue(stay.Person.User.Key, out var stays))
                {
                    _staysOf.Add(stay.Person.User.Key, stays = []);
                }

                stays.Add((character.Key, stay));
            }
        }

        for (var day = 0; day < calendar.Days; day++)
        {
            DropIn(day);
            Anonymous(day);
        }

        foreach (var visit in presence.Visits.ToList())
        {
            Visit(visit);
        }
    }

    /// <summary>People who only look.</summary>
    private void DropIn(int day)
    {
        var noon = calendar.At(day, 12);
        var usual = 0.04 * calendar.Season(day) * calendar.Weekday(day);
        foreach (var person in people.People)
        {
            if (_random.Happens(usual * person.Liveliness(noon)) && !presence.WasThere(person.User.Key, day))
            {
                var time = calendar.Moment(_random, day);
                if (time > person.Joined)
                {
                    presence.Mark(person.User.Key, GroupOf(person.User.Key, time), time);
                }
            }
        }
    }

    private void Visit(DemoVisit visit)
    {
        var first = visit.First ?? calendar.At(visit.Day, 12);
        var born = people[visit.User].Joined + Duration.FromSeconds(2);
        var start = Instant.Max(first - Duration.FromSeconds(_random.Between(40, 360)), born);
        log.Add(start, "user.visited", visit.User, visit.Group is { } seen && InGroup(visit.User, seen, start) ? seen : null);
        var time = start;
        time += Duration.FromMilliseconds(_random.Between(200, 900));
        Request(time, visit.User, null, new("GET", "/api/home/user", "events", 90, 14_000));
        for (var count = _random.Poisson(CallsAVisit); count > 0; count--)
        {
            time += Duration.FromSeconds(1 + _random.Exponential(25));
            var group = _random.Happens(0.75) ? visit.Group : GroupOf(visit.User, time);
            var (call, inGroup) = Browse(group);
            Request(time, visit.User, inGroup ? group : null, call);
        }

        foreach (var (at, group, call) in visit.Calls)
        {
            Request(at - Duration.FromMilliseconds(30), visit.User, group, call);
        }

        if (_random.Happens(0.36))
        {
            var operation = _random.Happens(0.85) ? "select" : "update";
            Query(time + Duration.FromSeconds(1), visit.User, visit.Group, operation, 6 + _random.Poisson(14));
        }
    }

    private (DemoCall Call, bool InGroup) Browse(string? group)
    {
        var chance = _random.NextDouble();
        if (group is null || chance > 0.82)
        {
            return _random.NextDouble() switch
            {
                < 0.3 => (new("GET", "/api/search", "search", 140, 6_000), false),
                < 0.6 => (new("GET", "/api/events", "events", 85, 16_000), false),
                < 0.8 => (new("GET", "/api/groups", "groups", 80, 12_000), false),
                _ => (new("GET", "/api/v1/auth/me", "profile", 24, 1_400), false),
            };
        }

        return chance switch
        {
            < 0.24 => (new("GET", $"/api/groups/{group}", "groups", 70, 9_000), true),
            < 0.42 => (new("GET", $"/api/groups/{group}/events", "events", 62, 18_000), true),
            < 0.50 => (new("GET", $"/api/groups/{group}/members", "groups", 130, 42_000), true),
            < 0.66 => (new("GET", $"/api/chat/groups/{group}/messages", "chat", 34, 7_000), true),
            _ => (new("GET", $"/api/groups/{group}/files", "files", 110, 1_900_000), true),
        };
    }

    /// <summary>Calendars and embedded pages name a group and no person; crawlers and health checks name neither.</summary>
    private void Anonymous(int day)
    {
        foreach (var character in DemoCharacter.All.Where(c => c.FoundedDay < day))
        {
            var mood = Math.Max(0.3, character.Mood(day, calendar.Date(day)));
            var mean = character.AnonymousCalls * (0.5 + (0.5 * day / calendar.Days)) * mood;
            for (var count = _random.Poisson(mean); count > 0; count--)
            {
                var call = _random.NextDouble() switch
                {
                    < 0.55 => new DemoCall("GET", $"/api/calendar/groups/{character.Key}/calendar.ics", "events", 75, 22_000),
                    < 0.8 => new("GET", $"/api/embed/groups/{character.Key}/events", "events", 58, 11_000),
                    _ => new("GET", $"/api/meta/groups/{character.Key}", "groups", 30, 1_200),
                };
                Request(calendar.Moment(_random, day), null, character.Key, call);
            }

            if (_random.Happens(0.35))
            {
                Query(calendar.At(day, 6.1 + (_random.NextDouble() * 0.5)), null, character.Key, "aggregate", 20 + _random.Poisson(30));
            }
        }

        for (var count = _random.Poisson(2.6 * calendar.Weekday(day)); count > 0; count--)
        {
            var call = _random.NextDouble() switch
            {
                < 0.5 => new DemoCall("GET", "/api/events", "events", 80, 15_000),
                < 0.8 => new("GET", "/api/search", "search", 150, 6_500),
                _ => new("GET", "/api/groups", "groups", 70, 12_000),
            };
            Request(calendar.Moment(_random, day), null, null, call);
        }

        if (_random.Happens(0.7))
        {
            Query(calendar.At(day, 6.7), null, null, "cleanup", 15 + _random.Poisson(20));
        }
    }

    private void Request(Instant time, string? user, string? group, DemoCall call)
    {
        var day = calendar.DayOf(time);
        var hot = day == calendar.Days - IncidentDaysAgo && time > calendar.At(day, 11.5) && time < calendar.At(day, 21.5);
        var status = Status(call, user, hot);
        var growth = 0.85 + (0.3 * day / calendar.Days);
        var milliseconds = Math.Max(1, _random.LogNormal(call.Milliseconds * growth * (hot ? 6 : 1), 0.55));
        var bytes = status is 304 or 204 ? 0 : status >= 400 ? 180 : (long)_random.LogNormal(call.Bytes, 0.5);
        log.Add(time, "api.request", user, group, ("method", call.Method), ("path", call.Path), ("area", call.Area),
            ("status", status), ("duration_ms", milliseconds), ("bytes_out", bytes));
    }

    private int Status(DemoCall call, string? user, bool hot) => _random.NextDouble() switch
    {
        < 0.2 when hot => 503,
        < 0.003 => 500,
        < 0.012 when user is null => 429,
        < 0.02 => 404,
        < 0.028 when user is not null => 401,
        < 0.034 when call.Method == "POST" => 422,
        < 0.15 when call.Method == "GET" => 304,
        _ => call.Method switch { "POST" => 201, "DELETE" => 204, _ => 200 },
    };

    private void Query(Instant time, string? user, string? group, string operation, int count) =>
        log.Add(time, "db.operation", user, group,
            ("operation", operation), ("count", count), ("duration_ms", _random.LogNormal(2.6, 0.35) * count));

    private string? GroupOf(string user, Instant time)
    {
        var open = _staysOf.GetValueOrDefault(user, []).Where(stay => stay.Stay.Covers(time)).ToList();
        return open.Count == 0 ? null : _random.Pick(open).Group;
    }

    private bool InGroup(string user, string group, Instant time) =>
        _staysOf.GetValueOrDefault(user, []).Any(stay => stay.Group == group && stay.Stay.Covers(time));
}

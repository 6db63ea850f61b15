using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Demo;

/// <summary>A community event that took or will take place.</summary>
internal sealed record DemoGathering(string Key, string Group, Instant Starts);

/// <summary>Community events: announced, answered, cancelled, attended, and the mail they cause.</summary>
internal sealed class DemoGatherings(DemoCalendar calendar, DemoPeople people, DemoPresence presence, DemoLog log, int seed)
{
    private const double Mailed = 0.92;

    private readonly Random _random = DemoChance.Stream(seed, 2);
    private readonly Dictionary<string, List<DemoGathering>> _byGroup = [];

    /// <summary>The group's gathering nearest to that time, if one lies within so many days.</summary>
    public DemoGathering? Near(string group, Instant time, int days)
    {
        DemoGathering? nearest = null;
        var distance = Duration.FromDays(days);
        foreach (var gathering in _byGroup.GetValueOrDefault(group, []))
        {
            var apart = gathering.Starts > time ? gathering.Starts - time : time - gathering.Starts;
            if (apart < distance)
            {
                (nearest, distance) = (gathering, apart);
            }
        }

        return nearest;
    }

    public void Play()
    {
        foreach (var character in DemoCharacter.All)
        {
            foreach (var series in character.Series)
            {
                var week = 0;
                for (var day = character.FoundedDay + 4; day < calendar.Days + DemoCalendar.DaysAhead; day++)
                {
                    if (calendar.Date(day).DayOfWeek == series.Day && week++ % series.EveryWeeks == 0)
                    {
                        Consider(character, series, day);
                    }
                }
            }
        }
    }

    private void Consider(DemoCharacter character, DemoSeries series, int day)
    {
        var date = calendar.Date(day);
        var mood = character.Mood(day, date);
        if ((date.Month, date.Day) is (12, >= 23) or (1, <= 2) || _random.Happens(0.05) || (mood < 0.5 && !_random.Happens(mood * 4)))
        {
            return;
        }

        var starts = calendar.At(day, series.Hour);
        var announced = starts - Duration.FromDays(_random.Between(8, 15));
        var created = Awake(Instant.Max(announced, people.Founded(character) + Duration.FromHours(_random.Between(1, 30))));
        if (created < calendar.Now)
        {
            var key = $"{character.Key}-{series.Title}-{date:uuuu-MM-dd}";
            Hold(character, series, new DemoGathering(key, character.Key, starts), created, mood);
        }
    }

    private void Hold(DemoCharacter character, DemoSeries series, DemoGathering gathering, Instant created, double mood)
    {
        var (key, group, starts) = gathering;
        var host = people.Organiser(_random, group, created).User.Key;
        var calledOff = _random.Happens(0.025) ? starts - Duration.FromHours(_random.Between(20, 60)) : (Instant?)null;
        log.Add(created, "event.created", host, group, ("event", key), ("starts_at", starts), ("capacity", series.Capacity));
        presence.Mark(host, group, created, new DemoCall("POST", "/api/events", "events", 120, 2_100));
        Mail(created + Duration.FromSeconds(40), group, key, "event_announcement", people.Size(group, created) * Mailed);
        if (_random.Happens(0.1))
        {
            log.Add(created + Duration.FromHours(_random.Between(1, 20)), "event.updated", host, group,
                ("event", key), ("starts_at", starts), ("capacity", series.Capacity));
        }

        var going = Answer(series, gathering, created, calledOff ?? starts, host, people.Size(group, created) * Math.Max(mood, 0.25));
        if (calledOff is { } off)
        {
            log.Add(off, "event.deleted", host, group, ("event", key), ("starts_at", starts));
            Mail(off + Duration.FromSeconds(30), group, key, "event_cancelled", going.Count);
            return;
        }

        Mail(starts - Duration.FromHours(24), group, key, "event_reminder", going.Count);
        if (_random.Happens(series.CheckIn))
        {
            Attend(series, gathering, going, host);
        }

        if (!_byGroup.TryGetValue(character.Key, out var held))
        {
            _byGroup.Add(character.Key, held = []);
        }

        held.Add(gathering);
    }

    /// <summary>Answers in the order of their time: half early, half towards the end; a freed place goes to who waits.</summary>
    private List<string> Answer(DemoSeries series, DemoGathering gathering, Instant created, Instant until, string host, double size)
    {
        var (key, group, _) = gathering;
        var span = until - created;
        var count = _random.Poisson(size * series.Turnout * calendar.Season(calendar.DayOf(gathering.Starts)));
        var moments = Enumerable.Range(0, count)
            .Select(_ => _random.Happens(0.5) ? _random.Between(0.02, 0.27) : 0.99 * Math.Sqrt(_random.NextDouble()))
            .Select(share => Awake(created + (span * share))).Where(time => time > created && time < until).Order().ToList();
        var answered = new HashSet<string>();
        var going = new List<string>();
        var waiting = new Queue<string>();
        var gone = new PriorityQueue<string, Instant>();
        foreach (var time in moments)
        {
            Release(time);
            if (people.Someone(_random, group, time, answered)?.User.Key is not { } user)
            {
                continue;
            }

            answered.Add(user);
            var full = going.Count >= series.Capacity;
            log.Add(time, "event.rsvp.added", user, group, ("event", key), ("status", full ? "waitlist" : "confirmed"));
            presence.Mark(user, group, time, new DemoCall("POST", $"/api/events/{key}/attend", "events", 95, 900));
            if (full)
            {
                waiting.Enqueue(user);
                continue;
            }

            going.Add(user);
            if (_random.Happens(0.09))
            {
                gone.Enqueue(user, time + ((until - time) * Math.Sqrt(_random.Between(0.1, 0.99))));
            }
        }

        Release(until);
        return going;

        void Release(Instant time)
        {
            while (gone.TryPeek(out var user, out var at) && at < time)
            {
                gone.Dequeue();
                going.Remove(user);
                log.Add(at, "event.attendee.cancelled", user, group,
                    ("event", key), ("status", "cancelled"), ("previous_status", "confirmed"));
                presence.Mark(user, group, at, new DemoCall("POST", $"/api/events/{key}/cancel-attending", "events", 80, 700));
                if (waiting.TryDequeue(out var next))
                {
                    going.Add(next);
                    log.Add(at + Duration.FromSeconds(20), "event.attendee.status.changed", host, group,
                        ("event", key), ("user", next), ("status", "confirmed"), ("previous_status", "waitlist"));
                }
            }
        }
    }

    private void Attend(DemoSeries series, DemoGathering gathering, List<string> going, string host)
    {
        var (key, group, starts) = gathering;
        foreach (var user in going.Where(_ => _random.Happens(0.79)))
        {
            CheckIn(user, "confirmed");
        }

        var walkIns = _random.Poisson(0.4);
        for (var walkIn = 0; walkIn < walkIns; walkIn++)
        {
            if (people.Someone(_random, group, starts, going.ToHashSet())?.User.Key is { } user)
            {
                going.Add(user);
                CheckIn(user, null);
            }
        }

        void CheckIn(string user, string? before)
        {
            var time = starts + Duration.FromMinutes(_random.Between(-12, 35));
            var actor = series.HostChecksIn ? host : user;
            log.Add(time, "event.attendee.status.changed", actor, group,
                ("event", key), ("user", user != actor ? user : null), ("status", "attended"), ("previous_status", before));
            presence.Mark(actor, group, time);
        }
    }

    /// <summary>Moves a moment of the night into the next morning.</summary>
    private Instant Awake(Instant time)
    {
        var day = calendar.DayOf(time);
        var morning = calendar.At(day, 7);
        return time < morning && time >= calendar.At(day, 0) ? morning + Duration.FromMinutes(_random.Between(0, 150)) : time;
    }

    private void Mail(Instant time, string group, string key, string kind, double count)
    {
        if ((int)count > 0)
        {
            log.Add(time, "email.sent", null, group, ("event", key), ("kind", kind), ("count", (int)count));
        }
    }
}

using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Demo;

/// <summary>Talk in the groups, with replies, pictures and the notices that go out by mail.</summary>
internal sealed class DemoChat(
    DemoCalendar calendar, DemoPeople people, DemoGatherings gatherings, DemoPresence presence, DemoLog log, int seed)
{
    private const double Welcome = 0.7;

    private readonly Random _random = DemoChance.Stream(seed, 3);
    private readonly Random _welcome = DemoChance.Stream(seed, 9);

    public void Play()
    {
        foreach (var character in DemoCharacter.All)
        {
            var recent = new List<(string Id, string User, Instant Time)>();
            var newcomers = new Newcomers();
            for (var day = character.FoundedDay; day < calendar.Days; day++)
            {
                Talk(character, day, recent, newcomers);
            }
        }
    }

    private void Talk(DemoCharacter character, int day, List<(string Id, string User, Instant Time)> recent, Newcomers newcomers)
    {
        var group = character.Key;
        var noon = calendar.At(day, 12);
        var size = people.Size(group, noon);
        var near = gatherings.Near(group, noon, 1) is null ? 1 : 1.6;
        var mean = character.Messages * size / character.Members * calendar.Season(day) * calendar.Weekday(day) * near
            * character.Mood(day, calendar.Date(day));
        var moments = Enumerable.Range(0, _random.Poisson(mean)).Select(_ => calendar.Moment(_random, day)).Order();
        var sent = 0;
        foreach (var moment in moments)
        {
            var time = moment;
            recent.RemoveAll(message => time - message.Time > Duration.FromHours(30));
            (string Id, string User, Instant Time)? parent = recent.Count > 0 && _random.Happens(0.5)
                ? recent[^(1 + _random.Next(Math.Min(3, recent.Count)))]
                : null;
            // Who writes for the first time is mostly answered soon.
            var unanswered = recent.Where(message => newcomers.Waits(message.Id)).Cast<(string Id, string User, Instant Time)?>().LastOrDefault();
            if (unanswered is not null && _welcome.Happens(Welcome))
            {
                parent = unanswered;
            }

            var someone = people.Someone(_random, group, time, parent is { } other ? new HashSet<string> { other.User } : null);
            if (someone?.User.Key is not { } user)
            {
                continue;
            }

            var topic = _random.Happens(0.3) ? gatherings.Near(group, time, 3)?.Key : null;
            var id = log.Add(time, "message.sent", user, group, ("event", topic), ("reply_to", parent?.Id));
            recent.Add((id, user, time));
            newcomers.Note(id, user, parent?.Id);
            var call = new DemoCall("POST", $"/api/chat/groups/{group}/messages", "chat", 45, 500);
            presence.Mark(user, group, time, _random.Happens(0.3) ? call : null);
            if (group != DemoCharacter.TrailRunners && _random.Happens(0.04))
            {
                log.Add(time + Duration.FromSeconds(5), "media.shared", user, group,
                    ("event", topic), ("kind", "photo"), ("size_bytes", (long)_random.Between(300_000, 2_400_000)));
            }

            sent++;
        }

        var notices = (int)(sent * size * 0.07);
        if (notices > 0)
        {
            log.Add(calendar.At(day, 22.5), "email.sent", null, group, ("kind", "chat_notice"), ("count", notices));
        }

        if (calendar.Date(day).DayOfWeek == IsoDayOfWeek.Monday && size > 3)
        {
            log.Add(calendar.At(day, 7.2), "email.sent", null, group, ("kind", "weekly_digest"), ("count", (int)(size * 0.8)));
        }
    }

    /// <summary>Who has written in a group, and whose first message nobody has answered.</summary>
    private sealed class Newcomers
    {
        private readonly HashSet<string> _known = [];
        private readonly HashSet<string> _waiting = [];

        public bool Waits(string message) => _waiting.Contains(message);

        public void Note(string message, string user, string? answers)
        {
            if (answers is not null)
            {
                _waiting.Remove(answers);
            }

            if (_known.Add(user))
            {
                _waiting.Add(message);
            }
        }
    }
}

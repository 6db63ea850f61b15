using System.Globalization;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Demo;

/// <summary>
/// Files: uploaded to a group, or by a person for themselves and attached later, and deleted. Trail Runners and Maya
/// follow a curve, so that their levels at the end are the ones that the demo tells about.
/// </summary>
internal sealed class DemoFiles(
    DemoCalendar calendar, DemoPeople people, DemoGatherings gatherings, DemoPresence presence, DemoLog log, int seed)
{
    private const long Least = 400_000;
    private const int SteadyDays = 42;
    private const double SteadyBytesADay = 54_500_000;
    private const double TrailBytesAtEnd = 8_120_000_000;
    private const double MemberBytesAtEnd = 408_000_000;

    private readonly Random _random = DemoChance.Stream(seed, 4);
    private int _files;

    public void Play()
    {
        PlayTrail();
        PlayMember();
        foreach (var character in DemoCharacter.All.Where(c => c.Files > 0))
        {
            PlayGroup(character);
        }

        PlayPersonal();
    }

    /// <summary>Grows with every run, loses a little in old clear-outs, then grows evenly for its last six weeks.</summary>
    private void PlayTrail()
    {
        const string group = DemoCharacter.TrailRunners;
        var founded = DemoCharacter.All.First(c => c.Key == group).FoundedDay + 3;
        var last = calendar.Days - 1;
        var steadyFrom = last - SteadyDays;
        var steadyLevel = TrailBytesAtEnd - (SteadyDays * SteadyBytesADay);
        var makers = people.Stays(group).Where(stay => stay is { To: null, Person.Fades: null, Role: not "guest" })
            .OrderBy(stay => stay.From).Select(stay => stay.Person.User.Key)
            .Where(user => user is not (DemoPeople.Member or DemoPeople.Manager)).Take(8).ToList();
        makers.Insert(1, DemoPeople.Member);
        var pace = Pace(steadyFrom);
        var level = 0L;
        var old = new List<(string File, string Kind, long Size, Instant At)>();
        for (var day = founded; day <= last; day++)
        {
            var share = Math.Min(1, (double)(day - founded + 1) / (steadyFrom - founded));
            var goal = day <= steadyFrom
                ? steadyLevel * Math.Pow(share, 1.15)
                : steadyLevel + (SteadyDays * SteadyBytesADay * pace[day - steadyFrom]);
            var runDay = day > steadyFrom || gatherings.Near(group, calendar.At(day, 12), 1) is not null;
            for (var left = (long)goal - level; left > Least && runDay;)
            {
                var video = left > 20_000_000 && _random.Happens(0.6);
                var size = video
                    ? (long)_random.Between(16_000_000, Math.Min(left, 44_000_000))
                    : Math.Min(left, (long)_random.Between(2_200_000, 6_500_000));
                var user = !video || _random.Happens(0.25) ? people.Someone(_random, group, calendar.At(day, 6))?.User.Key : null;
                var time = day > steadyFrom ? calendar.At(day, _random.Between(11.2, 18.4)) : calendar.Moment(_random, day);
                user ??= makers[(int)(makers.Count * Math.Pow(_random.NextDouble(), 2))];
                var ownFirst = !video && day > founded + 5 && _random.Happens(0.15);
                var file = Upload(time, user, group, video ? "video" : "photo", size, ownFirst);
                level += size;
                left -= size;
                old.Add((file, video ? "video" : "photo", size, time));
            }

            if (day < steadyFrom - 10 && day % 16 == 0 && old.Count > 20)
            {
                var index = _random.Next(old.Count - 15);
                var (file, kind, size, at) = old[index];
                old.RemoveAt(index);
                var time = Instant.Max(calendar.At(day, 21), at + Duration.FromHours(1));
                Delete(time, people.Organiser(_random, group, calendar.At(day, 21)).User.Key, group, file, kind, size);
                level -= size;
            }
        }
    }

    // How much of the last weeks' growth is there by the end of each of their days: most of it comes with the runs of the weekend.
    private double[] Pace(int steadyFrom)
    {
        var pace = new double[SteadyDays + 1];
        for (var day = 1; day <= SteadyDays; day++)
        {
            var weekend = calendar.Date(steadyFrom + day).DayOfWeek is IsoDayOfWeek.Saturday or IsoDayOfWeek.Sunday;
            pace[day] = pace[day - 1] + ((weekend ? 1.5 : 0.8) * _random.Between(0.75, 1.25));
        }

        return [.. pace.Select(sum => sum / pace[^1])];
    }

    /// <summary>Maya keeps pictures of her own, close to what her plan allows.</summary>
    private void PlayMember()
    {
        const int from = 4;
        var level = 0L;
        for (var day = from; day < calendar.Days; day++)
        {
            var goal = (long)(MemberBytesAtEnd * (day - from + 1) / (calendar.Days - from));
            while (goal - level > 4_500_000)
            {
                var clip = goal - level > 12_000_000;
                var size = (long)(clip ? _random.Between(8_000_000, 12_000_000) : _random.Between(2_500_000, 4_400_000));
                Upload(calendar.Moment(_random, day), DemoPeople.Member, null, clip ? "video" : "photo", size, ownFirst: false);
                level += size;
            }
        }
    }

    private void PlayGroup(DemoCharacter character)
    {
        for (var day = character.FoundedDay; day < calendar.Days; day++)
        {
            var noon = calendar.At(day, 12);
            var mean = character.Files * (0.4 + (0.6 * people.Size(character.Key, noon) / character.Members)) * calendar.Season(day)
                * character.Mood(day, calendar.Date(day)) * (gatherings.Near(character.Key, noon, 1) is null ? 0.7 : 1.8);
            for (var count = _random.Poisson(mean); count > 0; count--)
            {
                var time = calendar.Moment(_random, day);
                if (people.Someone(_random, character.Key, time)?.User.Key is not { } user)
                {
                    continue;
                }

                var kind = Kind(character.VideoShare, character.DocumentShare);
                var size = Size(kind);
                var file = Upload(time, user, character.Key, kind, size, ownFirst: user != DemoPeople.Member && _random.Happens(0.2));
                if (_random.Happens(0.07))
                {
                    Delete(time + Duration.FromDays(1 + _random.Exponential(35)), user, character.Key, file, kind, size);
                }
            }
        }
    }

    private void PlayPersonal()
    {
        for (var day = 6; day < calendar.Days; day++)
        {
            for (var count = _random.Poisson(1.1 * calendar.Season(day)); count > 0; count--)
            {
                var time = calendar.Moment(_random, day);
                var person = people.People[_random.Next(people.People.Count)];
                if (person.User.Key == DemoPeople.Member || person.Joined > time || !_random.Happens(0.15 + person.Liveliness(time)))
                {
                    continue;
                }

                var kind = Kind(0.02, 0.3);
                var size = Size(kind);
                var file = Upload(time, person.User.Key, null, kind, size, ownFirst: false);
                if (_random.Happens(0.14))
                {
                    Delete(time + Duration.FromDays(1 + _random.Exponential(30)), person.User.Key, null, file, kind, size);
                }
            }
        }
    }

    /// <summary>
    /// The file is in the group (if any) from <paramref name="time"/> on; <paramref name="ownFirst"/> has it lie with
    /// the person before that, until it is attached.
    /// </summary>
    private string Upload(Instant time, string user, string? group, string kind, long size, bool ownFirst)
    {
        var file = "file-" + (++_files).ToString("D5", CultureInfo.InvariantCulture);
        var gathering = group is not null && kind != "document" && _random.Happens(0.7) ? gatherings.Near(group, time, 3)?.Key : null;
        var uploaded = time - Duration.FromMinutes(ownFirst ? 15 + (int)_random.Exponential(600) : 0);
        uploaded = Instant.Max(uploaded, people[user].Joined + Duration.FromMinutes(1));
        if (!ownFirst || group is null || uploaded >= time)
        {
            log.Add(time, "file.uploaded", user, group, ("event", gathering), ("file", file), ("kind", kind), ("size_bytes", size));
        }
        else
        {
            log.Add(uploaded, "file.uploaded", user, null, ("file", file), ("kind", kind), ("size_bytes", size));
            log.Add(time, "file.attached", user, group, ("event", gathering), ("file", file), ("kind", kind), ("size_bytes", size));
            presence.Mark(user, group, time, new DemoCall("POST", "/api/v1/files/attach", "files", 70, 400));
        }

        presence.Mark(user, group, uploaded, new DemoCall("POST", "/api/v1/files/upload", "files", 210, 900));
        return file;
    }

    private void Delete(Instant time, string user, string? group, string file, string kind, long size)
    {
        log.Add(time, "file.deleted", user, group, ("file", file), ("kind", kind), ("size_bytes", size));
        presence.Mark(user, group, time, new DemoCall("DELETE", $"/api/v1/files/{file}", "files", 60, 0));
    }

    private string Kind(double videos, double documents) => _random.NextDouble() switch
    {
        var chance when chance < videos => "video",
        var chance when chance < videos + documents => "document",
        _ => "photo",
    };

    private long Size(string kind) => kind switch
    {
        "video" => (long)Math.Min(_random.LogNormal(42_000_000, 0.5), 180_000_000),
        "document" => (long)Math.Min(_random.LogNormal(700_000, 0.9), 15_000_000),
        _ => (long)Math.Min(_random.LogNormal(3_300_000, 0.4), 12_000_000),
    };
}

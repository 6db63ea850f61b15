using System.Globalization;
using System.Text;
using NodaTime;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>
/// Events of an imagined community: 5,000 users and 300 groups with skew, in visits of 20 events within half an hour, as people come. The
/// same seed gives the same events. It adds up by itself what a right answer must say.
/// </summary>
/// <param name="seed">Tells one community's events from another's.</param>
/// <param name="count">How many events.</param>
/// <param name="from">When the first visit begins.</param>
/// <param name="to">Every event happens before.</param>
internal sealed class Community(int seed, int count, Instant from, Instant to)
{
    public const int Users = 5_000;
    public const int Groups = 300;
    private const int EventsPerVisit = 20;
    private static readonly string[] Areas = ["groups", "events", "chat", "users", "files"];
    private static readonly string[] Methods = ["GET", "GET", "GET", "POST", "PATCH"];

    /// <summary>API time in tenths of a millisecond by group (empty for none) and month (year times 12 plus month).</summary>
    public Dictionary<(string Group, int Month), long> ApiTime { get; } = [];

    /// <summary>The users of all visits so far.</summary>
    public List<int> Visitors { get; } = [];

    /// <summary>Number of API requests so far.</summary>
    public long Requests { get; private set; }

    /// <summary>All API time so far, in tenths of a millisecond.</summary>
    public long TotalApiTime { get; private set; }

    public static string User(int index) => "user-" + (index + 1).ToString("0000", CultureInfo.InvariantCulture);

    public static string Group(int index) => "group-" + (index + 1).ToString("000", CultureInfo.InvariantCulture);

    /// <summary>The events as JSON, as a service would send them, by the beginning of visits.</summary>
    public IEnumerable<byte[]> Events()
    {
        var random = new Random(seed);
        var json = new StringBuilder(512);
        var visits = (count + EventsPerVisit - 1) / EventsPerVisit;
        var span = (to - from).TotalMinutes - 31;
        var made = 0;
        for (var visit = 0; visit < visits; visit++)
        {
            var start = from + Duration.FromMinutes((visit + random.NextDouble()) * span / visits);
            var user = Skewed(random, Users);
            string? group = random.NextDouble() < 0.75 ? Group(((user * 7) + (Skewed(random, 4) * 61)) % Groups) : null;
            Visitors.Add(user);
            var area = Areas[random.Next(Areas.Length)];
            for (var i = 0; i < EventsPerVisit && made < count; i++, made++)
            {
                var time = start + Duration.FromMilliseconds((i * 90_000) + random.Next(80_000));
                json.Clear();
                json.Append("{\"specversion\":\"1.0\",\"id\":\"").Append(seed).Append('-').Append(made).Append("\",\"source\":\"/openmeet/api\",\"type\":\"");
                Append(json, random, made, User(user), group, area, time);
                yield return Encoding.UTF8.GetBytes(json.ToString());
            }
        }
    }

    /// <summary>The same events as the portal reads them.</summary>
    public IEnumerable<UsageEvent> UsageEvents(Instant arrival)
    {
        var reader = new EventReader(65_536, Duration.FromMinutes(60));
        var faults = new List<Domain.InputFault>();
        foreach (var json in Events())
        {
            yield return reader.Read(json, arrival, null, faults)
                ?? throw new InvalidOperationException(faults[0].Detail);
        }
    }

    private void Append(StringBuilder json, Random random, int number, string user, string? group, string area, Instant time)
    {
        void Head(string type) => json.Append(type).Append("\",\"subject\":\"").Append(user).Append("\",\"time\":\"").Append(Rfc3339.Format(time)).Append("\",\"data\":{");
        var kind = random.NextDouble();
        if (kind < 0.70)
        {
            var tenths = 20 + Skewed(random, 9_000);
            Head("api.request");
            json.Append("\"method\":\"").Append(Methods[random.Next(Methods.Length)]).Append("\",\"path\":\"/api/").Append(area).Append('/').Append(random.Next(1_000))
                .Append("\",\"area\":\"").Append(area).Append("\",\"status\":").Append(random.Next(50) == 0 ? 500 : 200)
                .Append(CultureInfo.InvariantCulture, $",\"duration_ms\":{tenths / 10}.{tenths % 10},\"bytes_out\":{200 + Skewed(random, 80_000)}");
            Requests++;
            TotalApiTime += tenths;
            var utc = time.InUtc();
            var key = (group ?? "", (utc.Year * 12) + utc.Month - 1);
            ApiTime[key] = ApiTime.GetValueOrDefault(key) + tenths;
        }
        else if (kind < 0.80)
        {
            Head("db.operation");
            json.Append(CultureInfo.InvariantCulture, $"\"operation\":\"select\",\"count\":{1 + random.Next(20)},\"duration_ms\":{random.Next(400) / 10m}");
        }
        else if (kind < 0.90)
        {
            Head("message.sent");
            json.Append("\"event\":\"meetup-").Append(random.Next(500)).Append('"');
        }
        else if (kind < 0.94)
        {
            Head("file.uploaded");
            json.Append(CultureInfo.InvariantCulture, $"\"file\":\"file-{seed}-{number}\",\"kind\":\"photo\",\"size_bytes\":{1_000 + Skewed(random, 5_000_000)}");
        }
        else if (kind < 0.97)
        {
            Head("email.sent");
            json.Append(CultureInfo.InvariantCulture, $"\"kind\":\"digest\",\"count\":{1 + random.Next(30)}");
        }
        else
        {
            Head("event.rsvp.added");
            json.Append("\"event\":\"meetup-").Append(random.Next(500)).Append("\",\"status\":\"confirmed\"");
        }
        if (group is not null) json.Append(",\"group\":\"").Append(group).Append('"');
        json.Append("}}");
    }

    // Few do much.
    private static int Skewed(Random random, int below)
    {
        var part = random.NextDouble();
        return (int)(part * part * below);
    }
}

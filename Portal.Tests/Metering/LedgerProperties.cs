using System.Globalization;
using System.Text.Json.Nodes;
using CsCheck;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Attribution;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Metering;

/// <summary>
/// What holds for any events in any order and batching, against a model that only replays the events in order of their times.
/// </summary>
public sealed class LedgerProperties(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private static readonly Instant Start = Instant.FromUtc(2025, 2, 27, 0, 0);

    // Few names and few instants, so that events meet: second uploads, attachments before uploads, ties.
    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Int[0, 11], Gen.Int[0, 4], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Long[0, 1_000_000_000], Gen.Int[0, 200],
        (what, file, by, group, kind, size, slot) => new Step(what, file, by, group, kind, size, slot));

    private static readonly Gen<(Step[] Steps, int Arrival)> Streams = Gen.Select(Steps.Array[1, 60], Gen.Int);

    [Fact]
    public async Task Any_stream_in_any_order_counts_as_the_replay_of_its_events_in_time_order() =>
        await Streams.SampleAsync(CheckAsync, iter: 20, threads: 1, print: s => $"{s.Arrival}: {string.Join(" ", s.Steps.Select(x => x.ToString()))}");

    [Fact]
    public async Task A_late_change_and_a_late_upload_make_earlier_snapshots_and_moves_over_again()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync(A.Deletion("bob", 300, file: "f", at: "2025-03-26T00:00:00Z"));
        await community.StoreAsync(A.Attachment("oleg", "f", "g", 300, at: "2025-03-21T00:00:00Z"));
        await community.StoreAsync(A.Snapshot("zoe", 500, at: "2025-03-03T00:00:00Z"), A.Change("zoe", 100, at: "2025-03-01T00:00:00Z"));
        await community.StoreAsync(A.Upload("ann", 300, file: "f", at: "2025-03-11T00:00:00Z", id: "upload"), A.Change("zoe", 50, at: "2025-03-02T00:00:00Z", id: "late"));

        const long Day = 86_400;
        Assert.Equal([$"group:g 0 {300 * 5 * Day}", $"user:ann 0 {300 * 10 * Day}", $"user:zoe 500 {(100 + 150 + (29 * 500)) * Day}"], await CarriedAsync());

        await community.VoidAsync(A.Source, "upload");
        await community.VoidAsync(A.Source, "late");
        Assert.Equal([$"group:g -300 {-300 * 6 * Day}", $"user:zoe 500 {(100 + 100 + (29 * 500)) * Day}"], await CarriedAsync());
        await community.RecountAsync();

        async Task<IEnumerable<string>> CarriedAsync() => (await community.CarriedAsync("storage", Instant.FromUtc(2025, 3, 1, 0, 0), Instant.FromUtc(2025, 4, 1, 0, 0)))
            .OrderBy(c => c.Key, StringComparer.Ordinal).Where(c => c.Value.Level != Quantity.Zero || c.Value.Integral != Integral.Zero)
            .Select(c => $"{c.Key} {c.Value.Level} {c.Value.Integral}");
    }

    private async Task CheckAsync((Step[] Steps, int Arrival) stream)
    {
        var random = new Random(stream.Arrival);
        var community = await portal.NewCommunityAsync();
        var sent = stream.Steps.Select((s, i) => s.ToSent(i)).ToArray();
        var voided = sent.Where(_ => random.Next(6) == 0).Select(s => s.Id).ToHashSet(StringComparer.Ordinal);
        await ArriveAsync(community, random, sent, voided);

        Assert.Equal(sent.Length - voided.Count, await community.RecountAsync());
        var model = new Replay(sent.Where(s => !voided.Contains(s.Id)));
        await CompareAsync(community, model, Start, Start + Duration.FromDays(4));
        await CompareAsync(community, model, At(random.Next(60)) + Duration.FromMinutes(7), At(random.Next(60, 210)) + Duration.FromSeconds(13));
        await CompareAsync(community, model, At(60) + Duration.FromMinutes(2), At(60) + Duration.FromMinutes(18));

        // everything again, in another order, changes nothing
        var kept = await KeptAsync(community);
        random.Shuffle(sent);
        var again = await community.SendAsync(sent.Select(s => s.ToJson()));
        Assert.Equal((0, sent.Length), (again.Accepted, again.Duplicates));
        Assert.Equal(kept, await KeptAsync(community));
    }

    // In random order and batches, two of them at once now and then, some sent again, voids in between.
    private static async Task ArriveAsync(TestCommunity community, Random random, Sent[] sent, HashSet<string> voided)
    {
        var order = sent.ToArray();
        random.Shuffle(order);
        var open = new HashSet<string>(voided, StringComparer.Ordinal);
        var arrived = new List<Sent>();
        for (var next = 0; next < order.Length;)
        {
            var batches = new List<Sent[]>();
            for (var n = random.Next(3) == 0 ? 2 : 1; n > 0 && next < order.Length; n--)
            {
                var size = random.Next(1, 12);
                batches.Add([.. order.Skip(next).Take(size), .. arrived.Where(_ => random.Next(10) == 0)]);
                next += size;
            }
            var answers = await Task.WhenAll(batches.Select(b => community.SendAsync(b.Select(s => s.ToJson()))));
            Assert.Equal(batches.Select(b => b.Length), answers.Select(a => a.Accepted + a.Duplicates));
            arrived.AddRange(batches.SelectMany(b => b).Except(arrived));
            if (random.Next(3) == 0) await community.TierAsync();
            foreach (var gone in arrived.Where(s => open.Contains(s.Id) && (next >= order.Length || random.Next(2) == 0)).ToArray())
            {
                Assert.Equal(System.Net.HttpStatusCode.OK, (await community.VoidAsync(gone.Source, gone.Id)).Status);
                open.Remove(gone.Id);
            }
        }
        Assert.Empty(open);
    }

    private static async Task CompareAsync(TestCommunity community, Replay model, Instant from, Instant to)
    {
        if (from >= to) (from, to) = (to, from + Duration.FromSeconds(1));
        var middle = from + Duration.FromTicks((to - from).BclCompatibleTicks / 20 * 10);
        var carried = await community.CarriedAsync("storage", from, to);
        var (first, second) = (await community.CarriedAsync("storage", from, middle), await community.CarriedAsync("storage", middle, to));
        var range = $"from={Rfc3339.Format(from)}&to={Rfc3339.Format(to)}";

        var expected = model.Carried(from, to);
        foreach (var carrier in expected.Keys.Union(carried.Keys))
        {
            var (level, integral) = expected.GetValueOrDefault(carrier);
            var kept = carried.GetValueOrDefault(carrier, CarriedQuantity.None);
            Assert.Equal((carrier, level, integral), (carrier, kept.Level.Millionths / Quantity.Scale, kept.Integral.Raw / Quantity.Scale));
            var parts = first.GetValueOrDefault(carrier, CarriedQuantity.None).Integral + second.GetValueOrDefault(carrier, CarriedQuantity.None).Integral;
            Assert.Equal((carrier, kept.Integral), (carrier, parts));
        }
        var integrals = carried.Values.Aggregate(Integral.Zero, (sum, c) => sum + c.Integral);
        Assert.Equal(integrals.ToString(), await community.ValueAsync("storage", range));

        foreach (var (meter, total) in model.Totals(from, to))
        {
            var carriers = await community.CarriedAsync(meter, from, to);
            var sum = carriers.Values.Aggregate(Quantity.Zero, (a, c) => a + c.Sum);
            Assert.Equal((meter, total.ToString(CultureInfo.InvariantCulture)), (meter, sum.ToString()));
            Assert.Equal((meter, sum.ToString()), (meter, await community.ValueAsync(meter, range)));
        }
    }

    private async Task<string> KeptAsync(TestCommunity community)
    {
        await using var database = NpgsqlDataSource.Create(portal.ConnectionString);
        await using var select = database.CreateCommand($"""
            SELECT concat((SELECT string_agg(r::text, ' ' ORDER BY meter_id, scope, key, hour) FROM rollup_hour r WHERE tenant_id = {community.Id}),
                          (SELECT string_agg(d::text, ' ' ORDER BY key, part) FROM storage_delta d WHERE tenant_id = {community.Id}),
                          (SELECT count(*) FROM ledger WHERE tenant_id = {community.Id}))
            """);
        return (string)(await select.ExecuteScalarAsync())!;
    }

    private static Instant At(int slot) => Start + Duration.FromMinutes(140 * slot);

    private sealed record Step(int What, int File, int By, int Group, int Kind, long Size, int Slot)
    {
        private static string? Name(string prefix, int number) => number == 0 ? null : prefix + number;

        // Every third instant is exact, the others lie a little later.
        public Sent ToSent(int index) => new(
            What, index % 2 == 0 ? "/a" : "/b", "e" + index, At(Slot / 5) + Duration.FromTicks(Slot % 3 == 0 ? 0 : 1_234_560), Name("f", File), Name("u", By), Name("g", Group), Name("k", Kind), Size);

        public override string ToString() => $"({What},{File},{By},{Group},{Kind},{Size},{Slot})";
    }

    private sealed record Sent(int What, string Source, string Id, Instant Time, string? File, string? By, string? Group, string? Kind, long Size)
    {
        public string Own => Group is not null ? "group:" + Group : By is not null ? "user:" + By : "";

        public string Type => What switch
        {
            <= 3 => "file.uploaded",
            4 => "media.shared",
            5 or 6 => "file.deleted",
            7 => "storage.changed",
            8 => "storage.snapshot",
            9 or 10 => "file.attached",
            _ => "api.request",
        };

        // What has no file, or an attachment to no group, says so by leaving it out.
        public JsonObject ToJson()
        {
            var e = A.Event(Type, By, Rfc3339.Format(Time), Id, ("file", Type is "storage.snapshot" ? null : File), ("group", Group), ("kind", Kind),
                (Type switch { "storage.changed" => "delta_bytes", "storage.snapshot" => "bytes", "api.request" => "duration_ms", _ => "size_bytes" }, Size));
            e["source"] = Source;
            return e;
        }
    }

    /// <summary>The naive truth: a ledger of levels, replayed event by event.</summary>
    private sealed class Replay
    {
        private readonly Sent[] events;
        private readonly List<(Instant Time, string Carrier, long Delta)> changes = [];
        private readonly Dictionary<(string Carrier, string Kind), long> levels = [];
        private readonly Dictionary<string, string> carrierOf = [];
        private readonly Dictionary<string, string?> kindOf = [];
        private readonly Dictionary<(string File, string Kind), long> fileLevels = [];

        public Replay(IEnumerable<Sent> alive)
        {
            events = [.. alive.OrderBy(e => e.Time).ThenBy(e => e.Source, StringComparer.Ordinal).ThenBy(e => e.Id, StringComparer.Ordinal)];
            foreach (var e in events) Apply(e);
        }

        /// <summary>Level at the end and integral (byte-microseconds) of each carrier: the level held from change to change.</summary>
        public Dictionary<string, (Int128 Level, Int128 Integral)> Carried(Instant from, Instant to)
        {
            var result = new Dictionary<string, (Int128, Int128)>(StringComparer.Ordinal);
            foreach (var carrier in changes.GroupBy(c => c.Carrier))
            {
                Int128 level = 0, integral = 0;
                var since = from;
                foreach (var change in carrier.Where(c => c.Time < to))
                {
                    if (change.Time > since)
                    {
                        integral += level * Micros(change.Time - since);
                        since = change.Time;
                    }
                    level += change.Delta;
                }
                result[carrier.Key] = (level, integral + (level * Micros(to - since)));
            }
            return result;
        }

        public IEnumerable<(string Meter, long Total)> Totals(Instant from, Instant to)
        {
            var within = events.Where(e => e.Time >= from && e.Time < to).ToArray();
            yield return ("uploaded", within.Where(e => e.Type is "file.uploaded" or "media.shared").Sum(e => e.Size));
            yield return ("files", within.Count(e => e.Type == "file.uploaded"));
            yield return ("api_calls", within.Count(e => e.Type == "api.request"));
            yield return ("api_time", within.Where(e => e.Type == "api.request").Sum(e => e.Size));
        }

        private void Apply(Sent e)
        {
            switch (e.Type)
            {
                case "file.uploaded" or "media.shared" when e.File is { } file:
                    carrierOf.TryAdd(file, e.Own);
                    if (!kindOf.TryGetValue(file, out var known) || known is null) kindOf[file] = e.Kind;
                    OfFile(e, file, e.Size);
                    break;
                case "file.uploaded" or "media.shared": Change(e.Time, e.Own, e.Kind, e.Size); break;
                case "file.deleted" when e.File is { } file: OfFile(e, file, -e.Size); break;
                case "file.deleted": Change(e.Time, e.Own, e.Kind, -e.Size); break;
                case "storage.changed" when e.File is { } file: OfFile(e, file, e.Size); break;
                case "storage.changed": Change(e.Time, e.Own, e.Kind, e.Size); break;
                case "storage.snapshot":
                    var level = levels.Where(l => l.Key.Carrier == e.Own && (e.Kind is null || l.Key.Kind == e.Kind)).Sum(l => l.Value);
                    Change(e.Time, e.Own, e.Kind, e.Size - level);
                    break;
                case "file.attached" when e is { File: { } file, Group: { } group }:
                    if (carrierOf.TryGetValue(file, out var before))
                    {
                        foreach (var ((_, kind), bytes) in fileLevels.Where(l => l.Key.File == file).ToArray())
                        {
                            Change(e.Time, before, kind, -bytes);
                            Change(e.Time, "group:" + group, kind, bytes);
                        }
                    }
                    carrierOf[file] = "group:" + group;
                    break;
            }
        }

        private void OfFile(Sent e, string file, long delta)
        {
            var kind = e.Kind ?? kindOf.GetValueOrDefault(file) ?? "";
            fileLevels[(file, kind)] = fileLevels.GetValueOrDefault((file, kind)) + delta;
            Change(e.Time, carrierOf.GetValueOrDefault(file, e.Own), kind, delta);
        }

        private void Change(Instant time, string carrier, string? kind, long delta)
        {
            levels[(carrier, kind ?? "")] = levels.GetValueOrDefault((carrier, kind ?? "")) + delta;
            changes.Add((time, carrier, delta));
        }

        private static long Micros(Duration duration) => duration.BclCompatibleTicks / 10;
    }
}

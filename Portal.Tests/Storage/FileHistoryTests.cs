using NodaTime;
using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Storage;

namespace OpenMeet.Insights.Tests.Storage;

public sealed class FileHistoryTests
{
    [Fact]
    public void A_file_is_carried_by_its_uploader_then_by_its_group_and_by_nobody_who_deletes_it()
    {
        StorageEvent[] events = [Upload(11, "ann", 300), Attach(21, "oleg", "g"), Delete(26, "bob", 300)];

        Assert.Equal(["11 user:ann +300", "21 user:ann -300", "21 group:g +300", "26 group:g -300"], Told(events));
    }

    [Fact]
    public void Ann_uploads_oleg_attaches_bob_deletes_and_november_is_shared_by_ann_and_the_group()
    {
        StorageEvent[] events = [Upload(11, "ann", 300_000_000), Attach(21, "oleg", "g"), Delete(26, "bob", 300_000_000)];

        var november = FileHistory.Derive(events, AttributionSchedule.Default).GroupBy(d => d.Carrier.Key).ToDictionary(c => c.Key, c => GbMonths(c));

        Assert.Equal(0.10m, november["user:ann"]);
        Assert.Equal(0.05m, november["group:g"]);
        Assert.Equal(2, november.Count);
    }

    [Fact]
    public void The_integral_of_november_is_exact()
    {
        var change = FileHistory.Derive([Upload(11, "ann", 500_000_000), Delete(21, "ann", 200_000_000)], AttributionSchedule.Default).ToList();

        Assert.Equal("691200000000000", IntegralOf(change, Day(1), Day(31)).ToString());
        Assert.Equal(0.266667m, Math.Round(GbMonths(change), 6));
        Assert.Equal(IntegralOf(change, Day(1), Day(31)), IntegralOf(change, Day(1), Day(17)) + IntegralOf(change, Day(17), Day(31)));
        Assert.Equal(0.3m, IntegralOf(change, Day(31), Day(62)).ToUnitSeconds() / 1_000_000_000m / (31 * 86_400m));
    }

    [Fact]
    public void A_second_upload_adds_to_the_file_and_keeps_its_carrier()
    {
        Assert.Equal(["1 user:ann +100", "2 user:ann +50", "3 user:ann -150", "3 group:g +150"],
            Told(Upload(1, "ann", 100), Upload(2, "bob", 50, group: "other"), Attach(3, "bob", "g")));
    }

    [Fact]
    public void A_file_that_was_attached_before_its_upload_is_the_groups()
    {
        Assert.Equal(["2 group:g +100", "3 group:g -100"], Told(Attach(1, "oleg", "g"), Upload(2, "ann", 100), Delete(3, "ann", 100)));
    }

    [Fact]
    public void Nobody_carries_an_upload_without_group_and_subject_until_it_is_attached()
    {
        Assert.Equal(["1  +100", "2  -100", "2 group:g +100", "3 group:g +7"], Told(Upload(1, null, 100), Attach(2, "oleg", "g"), Change(3, "ann", 7)));
    }

    [Fact]
    public void The_deletion_of_an_unknown_file_is_its_own_carriers_and_the_level_goes_below_zero()
    {
        Assert.Equal(["1 user:bob -300"], Told(Delete(1, "bob", 300)));
        Assert.Equal(["1 group:g -300"], Told(Delete(1, "bob", 300, group: "g")));
    }

    [Fact]
    public void Attached_again_the_file_moves_from_group_to_group_with_what_is_left_of_it()
    {
        Assert.Equal(["1 group:a +100", "2 group:a -30", "3 group:a -70", "3 group:b +70", "5 group:b -70"],
            Told(Upload(1, "ann", 100, group: "a"), Delete(2, "ann", 30), Attach(3, "oleg", "b"), Attach(4, "oleg", "b"), Delete(5, "ann", 70)));
    }

    [Fact]
    public void What_is_deleted_before_the_attachment_does_not_move()
    {
        Assert.Equal(["1 user:ann +100", "2 user:ann -100"], Told(Upload(1, "ann", 100), Delete(2, "ann", 100), Attach(3, "oleg", "g")));
    }

    [Fact]
    public void A_move_keeps_the_kinds_apart_and_a_deletion_without_a_kind_is_of_the_files_kind()
    {
        var told = FileHistory.Derive([Upload(1, "ann", 100, kind: "image"), Upload(2, "ann", 10, kind: "thumb"), Delete(3, "ann", 40), Attach(4, "oleg", "g")], AttributionSchedule.Default)
            .Select(d => $"{d.Kind} {Line(d)}");

        Assert.Equal(
            [
                "image 1 user:ann +100", "thumb 2 user:ann +10", "image 3 user:ann -40",
                "image 4 user:ann -60", "image 4 group:g +60", "thumb 4 user:ann -10", "thumb 4 group:g +10",
            ], told);
    }

    [Fact]
    public void Events_of_one_instant_are_ordered_by_source_then_id_by_code_point()
    {
        StorageEvent[] sent = [At("b", "1"), At("a", "2"), At("a", "10"), At("a", "\U0001F600"), At("a", "\uFFFD"), At("B", "1")];

        Assert.Equal(["B 1", "a 10", "a 2", "a \uFFFD", "a \U0001F600", "b 1"], sent.Order().Select(e => $"{e.Source} {e.Id}"));

        static StorageEvent At(string source, string id) =>
            new(UsageEvent.KeyOf(source, id), Day(1), source, id, StorageAction.Change, Quantity.Of(1), null, null, "ann", null);
    }

    [Fact]
    public void Every_move_leaves_the_total_where_it_was()
    {
        var changes = FileHistory.Derive([Upload(1, "ann", 100), Attach(2, "x", "a"), Change(3, "y", 11), Attach(4, "x", "b"), Delete(5, "z", 60), Attach(6, "x", "a")], AttributionSchedule.Default).ToList();

        Assert.Equal(6, changes.Count(d => d.IsMove));
        Assert.Equal(Quantity.Zero, changes.Where(d => d.IsMove).Select(d => d.Delta).Aggregate((a, b) => a + b));
        Assert.Equal(Quantity.Of(51), changes.Select(d => d.Delta).Aggregate((a, b) => a + b));
    }

    private static StorageEvent Upload(int day, string? by, decimal bytes, string? group = null, string? kind = null) =>
        Make(day, StorageAction.Upload, bytes, by, group, kind);

    private static StorageEvent Delete(int day, string? by, decimal bytes, string? group = null) => Make(day, StorageAction.Change, -bytes, by, group, null);

    private static StorageEvent Change(int day, string? by, decimal bytes) => Make(day, StorageAction.Change, bytes, by, null, null);

    private static StorageEvent Attach(int day, string? by, string group) => Make(day, StorageAction.Attach, 0, by, group, null);

    private static StorageEvent Make(int day, StorageAction action, decimal bytes, string? by, string? group, string? kind) =>
        new(UsageEvent.KeyOf("/test", $"{day}"), Day(day), "/test", $"{day}", action, Quantity.Of(bytes), "f1", kind, by, group);

    // the days of November 2026, and on into December
    private static Instant Day(int day) => Instant.FromUtc(2026, 11, 1, 0, 0) + Duration.FromDays(day - 1);

    private static IEnumerable<string> Told(params StorageEvent[] events) => FileHistory.Derive(events, AttributionSchedule.Default).Select(Line);

    private static string Line(StorageDelta d) => $"{(d.Event.Time - Day(1)).Days + 1} {d.Carrier} {(d.Delta > Quantity.Zero ? "+" : "")}{d.Delta}";

    private static decimal GbMonths(IEnumerable<StorageDelta> changes) =>
        IntegralOf(changes, Day(1), Day(31)).ToUnitSeconds() / 1_000_000_000m / (30 * 86_400m);

    private static Integral IntegralOf(IEnumerable<StorageDelta> changes, Instant from, Instant to) => changes.Where(d => d.Event.Time < to)
        .Select(d => Integral.Of(d.Delta, (long)(to - Instant.Max(from, d.Event.Time)).TotalSeconds * 1_000_000)).Aggregate(Integral.Zero, (a, b) => a + b);
}

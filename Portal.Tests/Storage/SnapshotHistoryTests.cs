using NodaTime;
using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Storage;

namespace OpenMeet.Insights.Tests.Storage;

public sealed class SnapshotHistoryTests
{
    [Fact]
    public void A_snapshot_is_worth_the_difference_to_the_level_just_before_it()
    {
        Assert.Equal([400m], Deltas([Change(1, 100)], Snapshot(3, 500)));
    }

    [Fact]
    public void A_late_change_before_a_snapshot_makes_the_snapshots_difference_smaller()
    {
        Assert.Equal([350m], Deltas([Change(1, 100), Change(2, 50)], Snapshot(3, 500)));
    }

    [Fact]
    public void What_comes_after_a_snapshot_leaves_it_alone()
    {
        Assert.Equal([400m], Deltas([Change(1, 100), Change(4, 50)], Snapshot(3, 500)));
    }

    [Fact]
    public void The_second_snapshot_counts_from_the_first()
    {
        Assert.Equal([500m, -180m], Deltas([Change(2, 80)], Snapshot(1, 500), Snapshot(3, 400)));
    }

    [Fact]
    public void Without_anything_before_it_a_snapshot_is_the_whole_level()
    {
        Assert.Equal([500m], Deltas([], Snapshot(3, 500)));
    }

    [Fact]
    public void A_snapshot_of_a_kind_sets_the_level_of_that_kind_only()
    {
        Assert.Equal([5m], Deltas([Change(1, 100, "image"), Change(2, 20, "video")], Snapshot(3, 25, "video")));
    }

    [Fact]
    public void A_snapshot_without_a_kind_sets_the_level_of_all_kinds_together()
    {
        Assert.Equal([25m, 10m], Deltas([Change(1, 100, "image"), Change(2, 20)], Snapshot(3, 25, "video"), Snapshot(4, 155)));
    }

    [Fact]
    public void At_one_instant_source_and_id_decide_what_comes_before()
    {
        Assert.Equal([400m], Deltas([Change(3, 100, id: "a")], Snapshot(3, 500, id: "b")));
        Assert.Equal([500m], Deltas([Change(3, 100, id: "c")], Snapshot(3, 500, id: "b")));
    }

    private static IEnumerable<decimal> Deltas(StorageDelta[] others, params StorageEvent[] snapshots) =>
        SnapshotHistory.Derive(others, snapshots, AttributionSchedule.Default, key => key).Select(d => d.Delta.ToDecimal());

    private static StorageDelta Change(int day, decimal bytes, string? kind = null, string? id = null) =>
        new(Make(day, StorageAction.Change, bytes, kind, id ?? $"c{day}"), 0, Carrier.User("ann"), kind, Quantity.Of(bytes));

    private static StorageEvent Snapshot(int day, decimal bytes, string? kind = null, string? id = null) =>
        Make(day, StorageAction.Snapshot, bytes, kind, id ?? $"s{day}");

    private static StorageEvent Make(int day, StorageAction action, decimal bytes, string? kind, string id) =>
        new(UsageEvent.KeyOf("/test", id), Instant.FromUtc(2026, 11, day, 0, 0), "/test", id, action, Quantity.Of(bytes), null, kind, "ann", null);
}

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Tests.Support;
using OpenMeet.Insights.Tests.Upgrades;

namespace OpenMeet.Insights.Tests.Fleet;

/// <summary>Bulk actions: what they change, once each, under stop, kill, two runners at once, and taking back.</summary>
public sealed class BulkWorkTests(PortalWithClock portal) : IClassFixture<PortalWithClock>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private BulkStore Store => Get<BulkStore>();

    private BulkWork Work => Get<BulkWork>();

    private Actor Ada => new("ada@example.org", Instant.FromDateTimeOffset(portal.Clock.GetUtcNow()));

    private Actor Bea => Ada with { Name = "bea@example.org" };

    private static FleetFilter Users { get; } = new("user");

    [Fact]
    public async Task A_dry_run_changes_nothing_and_says_of_each_account_what_would_be()
    {
        var (c, tenant) = await CommunityAsync();
        await OverrideAsync(c, "u2", 900);
        var made = await Store.DraftAsync(tenant, Users, Limit(500), Ada, Cancel);
        var state = await StateAsync(tenant, made.Id);
        Assert.Equal((BulkStatus.Draft, 6, 6), (state.Action.Status, state.Counts.All, state.Counts.ToChange));
        // u0 holds 0 bytes, u5 500: at the limit is not over it. What the dry run says is what a recount says.
        Assert.Equal(["u0 no limit", "u1 no limit", "u2 900 bytes, hard (permanent override: test)", "u3 no limit", "u4 no limit", "u5 no limit"], state.Items.Select(i => $"{i.Name} {i.Before}"));
        Assert.All(state.Items, i => Assert.Equal((false, "500 bytes, hard"), (i.Over!.Value, i.After)));
        var tight = await StateAsync(tenant, (await Store.DraftAsync(tenant, Users, Limit(250), Ada, Cancel)).Id);
        Assert.Equal(["u3", "u4", "u5"], tight.Items.Where(i => i.Over == true).Select(i => i.Name));
        Assert.Equal(3, tight.Counts.Over);
        Assert.Contains("over by 250 bytes", tight.Items[5].Effect, StringComparison.Ordinal);

        await Work.RunAsync(Cancel);
        Assert.Equal(["user:u2 900"], await HoldingAsync(c));
        Assert.Null(await Store.DiscardAsync(tenant.Id, made.Id, Ada, Cancel));
        Assert.NotNull(await Store.StartAsync(tenant.Id, made.Id, Ada, Cancel));
    }

    [Fact]
    public async Task Every_account_is_changed_once_with_its_audit_line_and_taken_back_exactly()
    {
        var (c, tenant) = await CommunityAsync();
        await OverrideAsync(c, "u2", 900);
        await OverrideAsync(c, "u4", 500);
        var id = await StartedAsync(tenant, Limit(500));
        await Work.RunAsync(Cancel);
        await Work.RunAsync(Cancel);
        var state = await StateAsync(tenant, id);
        Assert.Equal((BulkStatus.Done, 5, 1), (state.Action.Status, state.Counts.Of(BulkResult.Done), state.Counts.Of(BulkResult.Same)));
        Assert.Equal(["user:u0 500", "user:u1 500", "user:u2 500", "user:u3 500", "user:u4 500", "user:u5 500"], await HoldingAsync(c));
        var lines = await AuditAsync(tenant, "override.set", "bulk action");
        Assert.Equal(["user:u0 storage", "user:u1 storage", "user:u2 storage", "user:u3 storage", "user:u5 storage"], lines.Select(l => l.Target).Order(StringComparer.Ordinal));
        Assert.All(lines, l => Assert.Equal(("ada@example.org", $"Festival (bulk action {id})"), (l.Actor, l.Reason)));
        Assert.Contains("900", lines.Single(l => l.Target == "user:u2 storage").Before, StringComparison.Ordinal);

        // What somebody changed by hand since then is not taken back.
        await OverrideAsync(c, "u5", 777);
        Assert.Null(await Store.RevertAsync(tenant.Id, id, Bea, Cancel));
        await Work.RunAsync(Cancel);
        state = await StateAsync(tenant, id);
        Assert.Equal((BulkStatus.Reverted, 4, 1), (state.Action.Status, state.Counts.Of(BulkResult.Reverted), state.Counts.Of(BulkResult.Kept)));
        Assert.Equal(["user:u2 900", "user:u4 500", "user:u5 777"], await HoldingAsync(c));
        Assert.Equal(4, (await AuditAsync(tenant, "override.set.undone", "taken back")).Count);
        Assert.Equal(["bulk.dry_run", "bulk.started", "bulk.done", "bulk.reverting", "bulk.reverted"], (await AuditAsync(tenant, null, "Festival")).Where(l => l.Target == $"bulk:{id}").Select(l => l.Action).Reverse());
        Assert.NotNull(await Store.RevertAsync(tenant.Id, id, Ada, Cancel));
    }

    [Fact]
    public async Task A_kill_in_the_middle_of_an_account_leaves_it_to_the_next_run_and_two_runners_share_the_rest()
    {
        var (c, tenant) = await CommunityAsync();
        var id = await StartedAsync(tenant, Limit(500));
        await using (var db = await ContextAsync())
        {
            // The database loses the connection in the middle of the fourth account's transaction, behind its override.
            await db.Database.ExecuteSqlRawAsync("""
                CREATE FUNCTION kill_test() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $f$;
                CREATE TRIGGER kill_test AFTER INSERT ON quota_override FOR EACH ROW WHEN (NEW.account = 'user:u3') EXECUTE FUNCTION kill_test();
                """, Cancel);
        }
        await Assert.ThrowsAnyAsync<Exception>(() => Work.RunAsync(Cancel));
        Assert.Equal(["user:u0 500", "user:u1 500", "user:u2 500"], await HoldingAsync(c));
        Assert.Equal(3, (await StateAsync(tenant, id)).Counts.Of(BulkResult.Done));
        await using (var db = await ContextAsync()) await db.Database.ExecuteSqlRawAsync("DROP TRIGGER kill_test ON quota_override; DROP FUNCTION kill_test()", Cancel);

        await Task.WhenAll(Work.RunAsync(Cancel), Work.RunAsync(Cancel), Work.RunAsync(Cancel));
        Assert.Equal(BulkStatus.Done, (await StateAsync(tenant, id)).Action.Status);
        await using var after = await ContextAsync();
        Assert.Equal(6, await after.QuotaOverrides.CountAsync(o => o.TenantId == tenant.Id, Cancel));
        Assert.Equal(6, (await AuditAsync(tenant, "override.set", "bulk action")).Count);
        Assert.Single(await AuditAsync(tenant, "bulk.done", null));
    }

    [Fact]
    public async Task A_stop_comes_between_two_accounts_and_it_goes_on_or_takes_back_only_what_was_done()
    {
        var (c, tenant) = await CommunityAsync();
        var id = await StartedAsync(tenant, Limit(500));
        for (var i = 0; i < 2; i++) Assert.True(await Work.StepAsync(id, Cancel));
        Assert.Null(await Store.StopAsync(tenant.Id, id, Ada, Cancel));
        Assert.False(await Work.StepAsync(id, Cancel));
        await Work.RunAsync(Cancel);
        Assert.Equal(["user:u0 500", "user:u1 500"], await HoldingAsync(c));
        Assert.Null(await Store.ResumeAsync(tenant.Id, id, Ada, Cancel));
        Assert.True(await Work.StepAsync(id, Cancel));
        Assert.NotNull(await Store.RevertAsync(tenant.Id, id, Ada, Cancel));
        Assert.Null(await Store.StopAsync(tenant.Id, id, Ada, Cancel));
        Assert.Null(await Store.RevertAsync(tenant.Id, id, Ada, Cancel));
        await Work.RunAsync(Cancel);
        var state = await StateAsync(tenant, id);
        Assert.Equal((BulkStatus.Reverted, 3, 3), (state.Action.Status, state.Counts.Of(BulkResult.Reverted), state.Counts.Of(BulkResult.Open)));
        Assert.Empty(await HoldingAsync(c));
    }

    [Fact]
    public async Task Above_a_number_of_accounts_another_administrator_must_approve()
    {
        var (c, tenant) = await CommunityAsync();
        var store = new BulkStore(Get<IDbContextFactory<InsightsDbContext>>(), Get<FleetReports>(), Get<BulkDryRun>(), new BulkSettings(5));
        var id = (await store.DraftAsync(tenant, Users, Limit(500), Ada, Cancel)).Id;
        Assert.Null(await store.StartAsync(tenant.Id, id, Ada, Cancel));
        Assert.Equal(BulkStatus.Waiting, (await StateAsync(tenant, id)).Action.Status);
        await Work.RunAsync(Cancel);
        Assert.Empty(await HoldingAsync(c));
        Assert.NotNull(await store.ApproveAsync(tenant.Id, id, Ada with { Name = "ADA@example.org" }, Cancel));
        Assert.NotNull(await store.ResumeAsync(tenant.Id, id, Ada, Cancel));
        Assert.NotNull(await store.RevertAsync(tenant.Id, id, Ada, Cancel));
        var (_, other) = await CommunityAsync();
        Assert.NotNull(await store.ApproveAsync(other.Id, id, Bea, Cancel));
        Assert.Equal(BulkStatus.Waiting, (await StateAsync(tenant, id)).Action.Status);

        Assert.Null(await store.ApproveAsync(tenant.Id, id, Bea, Cancel));
        await Work.RunAsync(Cancel);
        Assert.Equal(6, (await HoldingAsync(c)).Length);
        Assert.Equal(6, (await AuditAsync(tenant, "override.set", "approved by bea@example.org")).Count);
        // Up to the number, one is enough.
        var few = (await store.DraftAsync(tenant, Users with { Search = "u1" }, Limit(600), Ada, Cancel)).Id;
        Assert.Null(await store.StartAsync(tenant.Id, few, Ada, Cancel));
        Assert.Equal(BulkStatus.Running, (await StateAsync(tenant, few)).Action.Status);
    }

    [Fact]
    public async Task Who_was_changed_after_the_dry_run_is_left_as_it_is()
    {
        var (c, tenant) = await CommunityAsync();
        var id = await StartedAsync(tenant, Limit(500));
        await OverrideAsync(c, "u1", 123);
        await AskPortal.SendAsync(c, HttpMethod.Delete, "directory/users/u4");
        await Work.RunAsync(Cancel);
        var state = await StateAsync(tenant, id);
        // Who was erased has a name that says only that.
        Assert.Equal(["user:erased", "user:u1"], state.Items.Where(i => i.Result == BulkResult.Skipped).Select(i => i.Account.Split('-')[0]).Order(StringComparer.Ordinal));
        Assert.Equal(["user:u0 500", "user:u1 123", "user:u2 500", "user:u3 500", "user:u5 500"], await HoldingAsync(c));
    }

    [Fact]
    public async Task Plans_are_taken_from_the_next_cycle_and_given_back_until_it_begins()
    {
        var (c, tenant) = await CommunityAsync();
        await AskPortal.SendAsync(c, HttpMethod.Put, "accounts/user/u1/plan", """{"plan":"club","effective":"2025-10-01T00:00:00Z"}""");
        var december = Instant.FromUtc(2025, 12, 1, 0, 0);
        BulkAction Club() => new() { Filter = "", CreatedBy = "", Reason = "Festival", Plan = "club", PlanVersion = 1, From = december };
        var id = await StartedAsync(tenant, Club());
        var drafted = await StateAsync(tenant, id);
        Assert.Equal(["user:u1"], drafted.Items.Where(i => i.Result == BulkResult.Same).Select(i => i.Account));
        Assert.Equal(["user:u4", "user:u5"], drafted.Items.Where(i => i.Over == true).Select(i => i.Account));
        await Work.RunAsync(Cancel);
        await using (var db = await ContextAsync())
        {
            var taken = await db.PlanAssignments.Where(a => a.TenantId == tenant.Id && a.From == december).OrderBy(a => a.Account).Select(a => a.Account).ToListAsync(Cancel);
            Assert.Equal(["user:u0", "user:u2", "user:u3", "user:u4", "user:u5"], taken);
        }
        // By hand in between: the newer change stands on this one.
        await AskPortal.SendAsync(c, HttpMethod.Put, "accounts/user/u3/plan", """{"plan":"club","effective":"2025-12-20T00:00:00Z"}""");
        Assert.Null(await Store.RevertAsync(tenant.Id, id, Ada, Cancel));
        await Work.RunAsync(Cancel);
        var state = await StateAsync(tenant, id);
        Assert.Equal((4, "user:u3"), (state.Counts.Of(BulkResult.Reverted), Assert.Single(state.Items, i => i.Result == BulkResult.Kept).Account));
        await using var after = await ContextAsync();
        Assert.Equal(["user:u1", "user:u3", "user:u3"], await after.PlanAssignments.Where(a => a.TenantId == tenant.Id).OrderBy(a => a.Account).Select(a => a.Account).ToListAsync(Cancel));
        Assert.Equal(4, (await AuditAsync(tenant, "plan.withdrawn", "taken back")).Count);
    }

    private T Get<T>() where T : notnull => portal.Services.GetRequiredService<T>();

    private Task<InsightsDbContext> ContextAsync() => Get<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync(Cancel);

    private static BulkAction Limit(decimal limit) => new() { Filter = "", CreatedBy = "", Reason = "Festival", Meter = "storage", Limit = limit, LimitKind = "hard" };

    private async Task<long> StartedAsync(Tenant tenant, BulkAction wanted)
    {
        var made = await Store.DraftAsync(tenant, Users, wanted, Ada, Cancel);
        Assert.Null(await Store.StartAsync(tenant.Id, made.Id, Ada, Cancel));
        return made.Id;
    }

    private async Task<BulkState> StateAsync(Tenant tenant, long id) => (await Get<BulkReports>().FindAsync(tenant.Id, id, null, false, 0, 100, Cancel))!;

    // The overrides that hold, of those that hold for an account the newest.
    private async Task<string[]> HoldingAsync(TestCommunity c)
    {
        await using var db = await ContextAsync();
        var all = await db.QuotaOverrides.AsNoTracking().Where(o => o.TenantId == c.Id && o.EndedAt == null).ToListAsync(Cancel);
        Assert.Equal(all.Count, all.Select(o => o.Account).Distinct().Count());
        return [.. all.Select(o => $"{o.Account} {o.Limit:0}").Order(StringComparer.Ordinal)];
    }

    private async Task<IReadOnlyList<AuditEntry>> AuditAsync(Tenant tenant, string? action, string? why) =>
        [.. (await Get<AuditReports>().ListAsync(tenant.Id, new AuditFilter(null, action, null, null, null, null), 1_000, Cancel)).Where(l => why is null || l.Reason?.Contains(why, StringComparison.Ordinal) == true)];

    private static Task OverrideAsync(TestCommunity c, string user, int limit) => AskPortal.SendAsync(
        c, HttpMethod.Post, "quotas/overrides", $$"""{"kind":"user","key":"{{user}}","meter":"storage","limit":"{{limit}}","limitKind":"hard","reason":"test","permanent":true}""");

    // u0 to u5 hold 0 to 500 bytes; the plan Club allows 350.
    private async Task<(TestCommunity Community, Tenant Tenant)> CommunityAsync()
    {
        // Every change has its own instant, as on a clock that runs.
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        var c = await portal.NewCommunityAsync();
        await AskPortal.SendAsync(c, HttpMethod.Post, "plans", """{"key":"club","name":"Club","currency":"USD","fee":"8.00","items":[{"meter":"storage","included":"1","limit":"350","limitKind":"hard","price":{"model":"per_unit","unitPrice":"1.10"}}]}""");
        await AskPortal.SendAsync(c, HttpMethod.Post, "plans/club/publish", """{"effective":"2025-01-01T00:00:00Z"}""");
        await c.StoreAsync([.. Enumerable.Range(0, 6).SelectMany(i => new[] { A.Message($"u{i}", at: "2025-11-01T00:00:00Z"), A.Change($"u{i}", i * 100, at: "2025-11-02T00:00:00Z") })]);
        return (c, await Get<TenantStore>().GetAsync(c.Id, Cancel));
    }
}

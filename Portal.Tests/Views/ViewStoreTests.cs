using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Views;
using OpenMeet.Insights.Portal.Views;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Views;

public sealed class ViewStoreTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
    private static readonly Actor Somebody = new("ann@example.org", Instant.FromUtc(2026, 11, 1, 12, 0));

    private ViewStore Store => portal.Services.GetRequiredService<ViewStore>();

    [Fact]
    public async Task A_view_is_offered_to_its_owner_and_to_who_runs_the_same()
    {
        var tenant = (await portal.NewCommunityAsync()).Id;
        await SaveAsync(tenant, "user:ann", "Chess", "/groups/chess/usage?p=28d", shared: true);
        await SaveAsync(tenant, "user:ann", "Mine", "/me/usage", shared: true);
        await SaveAsync(tenant, "user:ann", "Alone", "/groups/chess/costs");
        await SaveAsync(tenant, "email:root@example.org", "Dear ones", "/admin/groups?sort=cost", shared: true);

        Assert.Equal(["Alone", "Chess", "Mine"], await NamesAsync(new ViewReader(tenant, "user:ann", ["chess"], false)));
        Assert.Equal(["Chess"], await NamesAsync(new ViewReader(tenant, "user:bob", ["chess"], false)));
        Assert.Empty(await NamesAsync(new ViewReader(tenant, "user:eve", ["go"], false)));
        Assert.Equal(["Dear ones"], await NamesAsync(new ViewReader(tenant, "email:other@example.org", [], true)));
        Assert.Empty(await NamesAsync(new ViewReader((await portal.NewCommunityAsync()).Id, "user:ann", ["chess"], true)));
    }

    [Fact]
    public async Task One_name_is_one_view_and_one_of_them_is_the_start()
    {
        var tenant = (await portal.NewCommunityAsync()).Id;
        Assert.Null(await Store.StartAsync(tenant, "user:ann", Cancel));
        await SaveAsync(tenant, "user:ann", "A", "/me/usage", start: true);
        await SaveAsync(tenant, "user:ann", "B", "/me/costs", start: true);
        Assert.Equal("/me/costs", await Store.StartAsync(tenant, "user:ann", Cancel));
        await SaveAsync(tenant, "user:ann", "B", "/me/storage", start: true);
        Assert.Equal("/me/storage", await Store.StartAsync(tenant, "user:ann", Cancel));
        var views = await Store.ListAsync(new ViewReader(tenant, "user:ann", [], false), Cancel);
        Assert.Equal(2, views.Count);
        Assert.False(await Store.RemoveAsync(tenant, "user:eve", views[0].Id, Somebody, Cancel));
        Assert.True(await Store.RemoveAsync(tenant, "user:ann", views[0].Id, Somebody, Cancel));
        Assert.Equal(["B"], await NamesAsync(new ViewReader(tenant, "user:ann", [], false)));
        for (var i = 0; i < ViewStore.Most - 1; i++) Assert.True(await SaveAsync(tenant, "user:ann", $"v{i}", "/me/usage"));
        Assert.False(await SaveAsync(tenant, "user:ann", "one too many", "/me/usage"));
    }

    [Fact]
    public async Task Views_follow_a_group_to_its_new_slug_and_go_with_an_erased_person()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(A.Message("ann", "chess", "2026-10-01T00:00:00Z"));
        await SaveAsync(c.Id, "user:ann", "Chess", "/groups/chess/usage?p=28d", shared: true);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/chess-club", """{"name":"Chess","oldKey":"chess"}""")).Status);
        Assert.Equal("/groups/chess-club/usage?p=28d", (await Store.ListAsync(new ViewReader(c.Id, "user:bob", ["chess-club"], false), Cancel)).Single().Address);
        Assert.Equal(System.Net.HttpStatusCode.NoContent, (await c.JsonAsync(HttpMethod.Delete, "api/v1/directory/users/ann", "")).Status);
        Assert.Empty(await NamesAsync(new ViewReader(c.Id, "user:bob", ["chess-club"], false)));
    }

    [Theory]
    [InlineData("/me/usage?p=28d&meter=storage", "/me/usage?from=2026-10-29&to=2026-11-25&meter=storage")]
    [InlineData("/groups/chess/usage", "/groups/chess/usage?from=2026-11-01&to=2026-11-30")]
    [InlineData("/me/usage?from=2026-01-01&to=2026-01-09&view=table&compare=year", "/me/usage?from=2026-01-01&to=2026-01-09&view=table&compare=year")]
    [InlineData("/me/storage", "/me/storage?from=2025-12-01&to=2026-11-30")]
    [InlineData("/groups/chess/storage?p=this", "/groups/chess/storage?from=2026-11-01&to=2026-11-30")]
    [InlineData("/groups/chess/members?organisers=out", "/groups/chess/members?from=2026-10-29&to=2026-11-25&organisers=out")]
    [InlineData("/admin/costs?view=table", "/admin/costs?from=2026-10-01&to=2026-10-31&view=table")]
    [InlineData("/me/statement", "/me/statement?period=2026-11")]
    [InlineData("/admin/users?sort=-cost&period=2026-09", "/admin/users?sort=-cost&period=2026-09")]
    [InlineData("/admin/fleet?plan=club", "/admin/fleet?plan=club&period=2026-11")]
    public void Locked_dates_stand_still(string address, string locked) => Assert.Equal(locked, ViewAddress.Locked(address, new DateOnly(2026, 11, 25)));

    [Theory]
    [InlineData("/groups/a%2Fb/usage?x=1", "a/b", true)]
    [InlineData("/me/usage", null, true)]
    [InlineData("//evil.example/groups/x/usage", null, false)]
    [InlineData("https://evil.example/", null, false)]
    [InlineData("/\\evil.example", null, false)]
    public void An_address_is_the_portals_own(string address, string? group, bool own)
    {
        Assert.Equal(own, ViewAddress.IsOwn(address));
        if (own) Assert.Equal(group, ViewAddress.GroupOf(address));
    }

    private async Task<string[]> NamesAsync(ViewReader reader) => [.. (await Store.ListAsync(reader, Cancel)).Select(v => v.Name)];

    private Task<bool> SaveAsync(int tenant, string owner, string name, string address, bool shared = false, bool start = false) => Store.SaveAsync(
        new SavedView { Id = Guid.CreateVersion7(), TenantId = tenant, Owner = owner, Name = name, Address = address, Group = ViewAddress.GroupOf(address), IsShared = shared, IsStart = start, SavedAt = Somebody.At },
        Somebody, Cancel);
}

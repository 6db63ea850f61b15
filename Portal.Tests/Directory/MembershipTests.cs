using System.Net;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Directory;

/// <summary>Who was a member of a group when, from events in any order and what the directory was told.</summary>
public sealed class MembershipTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    [Fact]
    public async Task A_group_that_goes_back_to_its_first_owner_has_him_and_told_again_nothing_changes()
    {
        var c = await portal.NewCommunityAsync();
        foreach (var owner in (string[])["ann", "bob", "bob", "ann", "ann"])
            Assert.Equal(HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/g", $$"""{"name":"G","ownerKey":"{{owner}}"}""")).Status);

        var owners = (await c.GetAsync("api/v1/directory/groups/g")).Json.GetProperty("owners").EnumerateArray().ToArray();
        Assert.Equal(["ann", "bob", "ann"], owners.Select(o => o.GetProperty("ownerKey").GetString()));
        Assert.Equal([false, true, true], owners.Select(o => o.GetProperty("from").ValueKind == System.Text.Json.JsonValueKind.String));
    }

    [Fact]
    public async Task Members_of_any_date_are_those_of_the_events_in_time_order()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(A.Event("group.member.left", "ann", "2025-05-01T00:00:00Z", "left", ("group", "g")));
        await c.StoreAsync(
            A.Event("group.member.role.changed", "ann", "2025-03-01T00:00:00Z", null, ("group", "g"), ("role", "moderator")),
            A.Event("group.member.joined", "bob", "2025-04-01T00:00:00Z", null, ("group", "g"), ("role", "owner")),
            A.Event("group.member.joined", "ann", "2025-02-01T00:00:00Z", null, ("group", "g")),
            A.Event("group.member.joined", "ann", "2025-07-01T00:00:00Z", null, ("group", "g")));

        Assert.Null(await AtAsync("2025-01-31T23:59:59Z"));
        Assert.Equal<IEnumerable<string>?>(["ann member 2025-02-01T00:00:00Z"], await AtAsync("2025-02-01T00:00:00Z"));
        Assert.Equal<IEnumerable<string>?>(["ann moderator 2025-03-01T00:00:00Z", "bob owner 2025-04-01T00:00:00Z"], await AtAsync("2025-04-30T23:59:59Z"));
        Assert.Equal<IEnumerable<string>?>(["bob owner 2025-04-01T00:00:00Z"], await AtAsync("2025-05-01T00:00:00Z"));
        Assert.Equal<IEnumerable<string>?>(["ann member 2025-07-01T00:00:00Z", "bob owner 2025-04-01T00:00:00Z"], await AtAsync("2025-07-01T00:00:00Z"));

        await c.VoidAsync(A.Source, "left");
        Assert.Equal<IEnumerable<string>?>(["ann moderator 2025-03-01T00:00:00Z", "bob owner 2025-04-01T00:00:00Z"], await AtAsync("2025-06-01T00:00:00Z"));

        // One history under both slugs.
        Assert.Equal(HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/new", """{"name":"New","oldKey":"g"}""")).Status);
        Assert.Equal<IEnumerable<string>?>(["ann moderator 2025-03-01T00:00:00Z", "bob owner 2025-04-01T00:00:00Z"], await AtAsync("2025-06-01T00:00:00Z", "new"));

        async Task<string[]?> AtAsync(string at, string group = "g")
        {
            var answer = await c.GetAsync($"api/v1/directory/groups/{group}/members?at={at}");
            Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
            var items = answer.Json.GetProperty("items");
            return items.ValueKind == System.Text.Json.JsonValueKind.Null
                ? null
                : [.. items.EnumerateArray().Select(m => $"{m.GetProperty("user").GetString()} {m.GetProperty("role").GetString()} {m.GetProperty("since").GetString()}")];
        }
    }

    [Fact]
    public async Task What_the_directory_is_told_counts_from_then_on_and_a_bad_date_is_named()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(A.Event("group.member.joined", "ann", "2025-02-01T00:00:00Z", null, ("group", "g")));
        Assert.Equal(HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/g/members/ann", """{"role":"admin"}""")).Status);
        Assert.Equal("member", Role(await c.GetAsync("api/v1/directory/groups/g/members?at=2025-06-01T00:00:00Z")));
        Assert.Equal("admin", Role(await c.GetAsync("api/v1/directory/groups/g/members")));
        Assert.Equal(HttpStatusCode.NoContent, (await c.JsonAsync(HttpMethod.Delete, "api/v1/directory/groups/g/members/ann", "")).Status);
        Assert.Null(Role(await c.GetAsync("api/v1/directory/groups/g/members")));
        Assert.Equal("member", Role(await c.GetAsync("api/v1/directory/groups/g/members?at=2025-06-01T00:00:00Z")));

        var bad = await c.GetAsync("api/v1/directory/groups/g/members?at=yesterday");
        Assert.Equal((HttpStatusCode.BadRequest, "- at not_a_time"), (bad.Status, Assert.Single(bad.Faults)));

        static string? Role(Answer answer) => answer.Json.GetProperty("items").EnumerateArray().Select(m => m.GetProperty("role").GetString()).SingleOrDefault();
    }
}

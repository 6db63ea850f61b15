using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Tests.Support;
using OpenMeet.Insights.Tests.Upgrades;

namespace OpenMeet.Insights.Tests.Account;

/// <summary>Somebody who calls.</summary>
/// <param name="Letter">As docs/access.md names them; a blank for who is let in nowhere.</param>
/// <param name="Name">For people.</param>
/// <param name="Http">Follows no redirection.</param>
/// <param name="Outside">What the API answers to who is never let in.</param>
public sealed record AccessCaller(char Letter, string Name, HttpClient Http, int Outside = 401);

/// <summary>The community of docs/access.md, with one of everything that has a number, and everybody who may call.</summary>
public sealed class AccessCommunity(AskPortal portal, TestCommunity community)
{
    /// <summary>A word that is in every name of this community, and in no other.</summary>
    public const string Mark = "Alphaville";

    private readonly Dictionary<string, string> _numbers = new(StringComparer.Ordinal);

    private static CancellationToken Cancel => CancellationToken.None;

    /// <summary>The community itself.</summary>
    public TestCommunity Community => community;

    /// <summary>Makes it, with as many uploads of mia in the group as are asked for.</summary>
    public static async Task<AccessCommunity> MakeAsync(AskPortal portal, int uploads = 3, string mark = Mark)
    {
        var c = await portal.NewCommunityAsync();
        var made = new AccessCommunity(portal, c);
        await made.FillAsync(uploads, mark);
        return made;
    }

    /// <summary>An address with the numbers of what is really there.</summary>
    public string Resolve(string path) => _numbers.Aggregate(path, (p, n) => p.Replace("{" + n.Key + "}", n.Value, StringComparison.Ordinal));

    /// <summary>Who calls the API: those that are let in somewhere, and those that never are.</summary>
    public async Task<IReadOnlyList<AccessCaller>> ApiCallersAsync(TestCommunity other)
    {
        var callers = new List<AccessCaller> { new(' ', "nobody", Client(null)) };
        foreach (var scope in ServiceKeyStore.AllScopes) callers.Add(new(scope[0], $"a key with the scope {scope}", Client(await portal.NewKeyAsync(null, null, scope))));
        callers.Add(new('b', "an admin key of this tenant", Client(await portal.NewKeyAsync(community.Id, null, "admin"))));
        callers.Add(new(' ', "an expired key", Client(await portal.NewKeyAsync(null, portal.Now - Duration.FromDays(1), [.. ServiceKeyStore.AllScopes]))));
        callers.Add(new(' ', "a revoked key", Client(await RevokedAsync())));
        callers.Add(new(' ', "a key of another tenant", Client(await portal.NewKeyAsync(other.Id, null, [.. ServiceKeyStore.AllScopes])), 404));
        callers.Add(new(' ', "an unknown key", Client("omi_" + new string('x', 43))));
        foreach (var (letter, user) in new[] { ('m', "mia"), ('x', "max"), ('g', "ada"), ('o', "olga"), ('z', "zoe") }) callers.Add(new(letter, $"a token of {user}", Client(portal.Token(user, community.Key))));
        callers.Add(new('p', "a token of pia, an administrator of OpenMeet", Client(portal.Token("pia", community.Key, AskPortal.AdminRole))));
        // Bad tokens are no better for saying that an administrator has them.
        foreach (var role in (object?[])[null, AskPortal.AdminRole])
        {
            var whose = role is null ? "a token of olga" : "a token of an administrator";
            callers.Add(new(' ', whose + " of a wrong secret", Client(portal.Token("olga", community.Key, role, "another-secret-0123456789-0123456789"))));
            callers.Add(new(' ', whose + " of another tenant", Client(portal.Token("olga", other.Key, role))));
            callers.Add(new(' ', whose + " that has ended", Client(portal.Token("olga", community.Key, role, minutes: -1))));
            callers.Add(new(' ', whose + " without an end", Client(portal.Token("olga", community.Key, role, minutes: null))));
        }
        callers.Add(new(' ', "a token without a signature", Client(Unsigned("olga"))));
        callers.Add(new(' ', "the cookie of an administrator", await CookieAsync(null)));
        return callers;
    }

    /// <summary>Who opens pages.</summary>
    public async Task<IReadOnlyList<AccessCaller>> PeopleAsync(TestCommunity other) =>
    [
        new(' ', "nobody", Client(null)), new(' ', "a key with every scope", Client(RunningPortal.Key)), new(' ', "a token of an administrator", Client(portal.Token("olga", community.Key, AskPortal.AdminRole))),
        new('m', "mia, a member", await CookieAsync("mia")), new('x', "max, a moderator", await CookieAsync("max")), new('g', "ada, an admin of the group", await CookieAsync("ada")),
        new('o', "olga, the owner", await CookieAsync("olga")), new('z', "zoe, who owns another group", await CookieAsync("zoe")), new('P', "an administrator", await CookieAsync(null)),
        new('B', "the administrator of another tenant", await portal.SignInAsync(other)),
    ];

    private async Task FillAsync(int uploads, string mark)
    {
        foreach (var (key, name) in new[] { ("mia", "Mia"), ("max", "Max"), ("ada", "Ada"), ("olga", "Olga"), ("zoe", "Zoe") })
            await PutAsync("directory/users/" + key, new { name = $"{name} {mark}", email = $"{key}@{mark}.example".ToLowerInvariant() });
        await PutAsync("directory/groups/chess", new { name = "Chess " + mark, ownerKey = "olga" });
        await PutAsync("directory/groups/hikers", new { name = "Hikers " + mark, ownerKey = "zoe" });
        foreach (var (user, role) in new[] { ("mia", "member"), ("max", "moderator"), ("ada", "admin"), ("olga", "owner") }) await PutAsync("directory/groups/chess/members/" + user, new { role });
        await PutAsync("directory/groups/hikers/members/zoe", new { role = "owner" });
        await community.StoreAsync([.. Enumerable.Range(1, uploads).Select(n => A.Upload("mia", 1_000_000, file: $"photos/{mark}-{n}.jpg", group: "chess", kind: "photo", at: "2025-11-02T10:00:00Z"))]);
        await community.StoreAsync(A.Message("mia", "chess", "2025-11-03T10:00:00Z"), A.Message("olga", "chess", "2025-11-03T10:01:00Z"), A.Request("mia", 12, "events", "GET", 200, group: "chess", at: "2025-11-03T10:02:00Z"));
        foreach (var key in (string[])["club", "draft"])
            await PostAsync("plans", new { key, name = $"{key} {mark}", currency = "USD", fee = "8", items = new[] { new { meter = "storage", included = "1", limit = "10000000000", limitKind = "hard", price = new { model = "per_unit", unitPrice = "1.00" } } } });
        await PostAsync("plans/club/publish", new { effective = "2025-01-01T00:00:00Z" });
        _numbers["tenant"] = community.Key;
        _numbers["rate"] = Id(await PostAsync("rates", new { meter = "storage", unitCost = "0.01", currency = "USD", from = "2025-01-01T00:00:00Z" }));
        _numbers["bill"] = Id(await PostAsync("cost-pools", new { name = "Disk " + mark, period = "2025-10", amount = "50.00", currency = "USD", driver = "storage" }));
        _numbers["override"] = Id(await PostAsync("quotas/overrides", new { kind = "user", key = "mia", meter = "storage", limit = "5000000000", limitKind = "hard", reason = "Festival " + mark, permanent = true }));
        _numbers["alert"] = Id(await PostAsync("alerts", new { account = "group:chess", subject = "share", meter = "storage" }));
        _numbers["money-alert"] = Id(await PostAsync("alerts", new { account = "group:chess", subject = "budget", amount = 5 }));
        _numbers["webhook"] = Id(await PostAsync("webhooks", new { url = "https://93.184.216.34/hook", description = mark }));
        _numbers["decision"] = Id(await PostAsync("upgrade-decisions", new { account = "user:mia" }));
        _numbers["group-decision"] = Id(await PostAsync("upgrade-decisions", new { account = "group:chess" }));
        var wanted = new BulkAction { Filter = "", CreatedBy = "", Reason = "Festival " + mark, Meter = "storage", Limit = 1_000_000_000m, LimitKind = "hard" };
        var bulk = await portal.Get<BulkStore>().DraftAsync(await portal.TenantAsync(community), new FleetFilter("user"), wanted, new Actor("test", portal.Now), Cancel);
        _numbers["bulk"] = bulk.Id.ToString(CultureInfo.InvariantCulture);
    }

    private Task<JsonElement> PutAsync(string path, object body) => AskPortal.SendAsync(community, HttpMethod.Put, path, JsonSerializer.Serialize(body));

    private Task<JsonElement> PostAsync(string path, object body) => AskPortal.SendAsync(community, HttpMethod.Post, path, JsonSerializer.Serialize(body));

    private static string Id(JsonElement made) => made.GetProperty("id") is { ValueKind: JsonValueKind.String } text ? text.GetString()! : made.GetProperty("id").GetRawText();

    private async Task<string> RevokedAsync()
    {
        var secret = await portal.NewKeyAsync(null, null, [.. ServiceKeyStore.AllScopes]);
        var store = portal.Get<ServiceKeyStore>();
        var key = (await store.FindAsync(secret, portal.Now, Cancel))!;
        Assert.True(await store.RevokeAsync(key.Id, community.Id, new Actor("test", portal.Now), Cancel));
        return secret;
    }

    private HttpClient Client(string? bearer)
    {
#pragma warning disable CA2000 // The client owns its handler, and lives as long as its test.
        var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = portal.Address };
#pragma warning restore CA2000
        client.DefaultRequestHeaders.Add("X-Tenant-Id", community.Key);
        if (bearer is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        return client;
    }

    private async Task<HttpClient> CookieAsync(string? user)
    {
        var client = await portal.SignInAsync(community, user);
        client.DefaultRequestHeaders.Add("X-Tenant-Id", community.Key);
        return client;
    }

    // The algorithm "none", as a forger would send it.
    private string Unsigned(string user)
    {
        static string Part(object value) => Base64UrlEncoder.Encode(JsonSerializer.Serialize(value));
        return $"{Part(new { alg = "none", typ = "JWT" })}.{Part(new { id = 1, slug = user, tenantId = community.Key, exp = portal.Now.ToUnixTimeSeconds() + 3600 })}.";
    }
}

using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Storage;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Storage;

/// <summary>A member's storage against the figures that quota and charge count, and whose a group's files are.</summary>
public sealed class MemberStorageTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private static readonly TimeRange November = new(Instant.FromUtc(2025, 11, 1, 0, 0), Instant.FromUtc(2025, 12, 1, 0, 0));

    private static Amount Usd(decimal value) => new(value, new Currency("USD"));

    private Task<Tenant> TenantAsync(TestCommunity c) => portal.Services.GetRequiredService<TenantStore>().GetAsync(c.Id, TestContext.Current.CancellationToken);

    private async Task<MemberStorage?> ReadAsync(TestCommunity c, string user) =>
        await portal.Services.GetRequiredService<MemberStorageReports>().UserAsync(await TenantAsync(c), user, November, TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_file_follows_its_carrier_and_stays_its_uploaders()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(
            A.Upload("ann", 300, file: "f", kind: "photo", at: "2025-11-11T00:00:00Z"), A.Upload("ann", 50, file: "own", at: "2025-10-01T00:00:00Z"), A.Upload("bob", 7, file: "b", at: "2025-11-11T00:00:00Z"),
            A.Upload("ann", 20, group: "g", at: "2025-11-12T00:00:00Z"), A.Attachment("oleg", "f", "g", 300, "2025-11-21T00:00:00Z"), A.Deletion("bob", 100, file: "f", at: "2025-11-26T00:00:00Z"),
            A.Attachment("ann", "b", "g", 7, "2025-11-22T00:00:00Z"));
        using var renamed = await c.Http.PutAsync(new Uri("api/v1/directory/groups/g-new", UriKind.Relative), new StringContent("""{"name":"Gee","oldKey":"g"}""", null, "application/json"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, renamed.StatusCode);

        var ann = (await ReadAsync(c, "ann"))!;
        Assert.Equal((50m, 220m), (ann.Level.Own, ann.Level.InGroups));
        Assert.Equal((300m, 300m, 1L), (ann.Added, ann.Removed, ann.Files));
        Assert.Equal([("g-new", "Gee", 220m)], ann.Groups.Select(g => (g.Key!, g.Name!, g.Bytes)));
        Assert.Equal([("f", 200m, "g-new"), ("own", 50m, null)], ann.Largest.Select(f => (f.File, f.Bytes, f.Group)));
        Assert.Equal(30, ann.Daily.Count);
        Assert.Equal((50m, 0m), (ann.Daily[9].Own, ann.Daily[9].InGroups));
        Assert.Equal((350m, 20m), (ann.Daily[19].Own, ann.Daily[19].InGroups));
        var carried = await c.CarriedAsync("storage", November.From, November.To);
        Assert.Equal(carried["user:ann"].Level.ToDecimal(), ann.Level.Own);
        Assert.Null(await ReadAsync(c, "nobody"));
        Assert.Equal((0m, 7m), (await ReadAsync(c, "bob"))!.Level is var bob ? (bob.Own, bob.InGroups) : default);
    }

    [Fact]
    public async Task A_groups_files_name_who_uploaded_them_and_not_who_attached_them()
    {
        var c = await portal.NewCommunityAsync();
        await c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/g", """{"name":"Gee"}""");
        await c.JsonAsync(HttpMethod.Put, "api/v1/directory/users/ann", """{"name":"Ann Berg"}""");
        await c.StoreAsync(
            A.Upload("ann", 300, file: "f", at: "2025-11-11T00:00:00Z"), A.Attachment("oleg", "f", "g", 300, "2025-11-21T00:00:00Z"), A.Upload("oleg", 20, file: "own", group: "g", at: "2025-11-12T00:00:00Z"));

        var group = (await portal.Services.GetRequiredService<GroupStorageReports>().GroupAsync(await TenantAsync(c), "g", November, TestContext.Current.CancellationToken))!;

        Assert.Equal([("f", "ann", "Ann Berg"), ("own", "oleg", null)], group.Largest.Select(f => (f.File, f.By!, f.ByName)));
        Assert.Equal(2, group.Files);
    }

    [Fact]
    public async Task Keeping_costs_by_the_rate_and_charges_by_the_payers_plan()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(A.Upload("ann", 1_000_000_000, file: "f", group: "g", at: "2025-01-01T00:00:00Z"));
        await c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/g", """{"name":"Gee","ownerKey":"ann"}""");
        await c.JsonAsync(HttpMethod.Post, "api/v1/rates", """{"meter":"storage","unitCost":"0.20","currency":"USD","from":"2025-01-01T00:00:00Z"}""");
        await c.JsonAsync(HttpMethod.Post, "api/v1/plans", """{"key":"p","name":"Personal","currency":"USD","fee":"0","items":[{"meter":"storage","included":1,"price":{"model":"per_unit","unitPrice":"2.00"}}]}""");
        await c.JsonAsync(HttpMethod.Post, "api/v1/plans/p/publish", """{"effective":"2025-01-01T00:00:00Z"}""");
        Assert.Equal(HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Put, "api/v1/accounts/user/ann/plan", """{"plan":"p","effective":"2025-02-01T00:00:00Z"}""")).Status);
        var reports = portal.Services.GetRequiredService<KeepingReports>();
        var tenant = await TenantAsync(c);

        var kept = await reports.OfAsync(tenant, "group:g", 500_000_000m, charges: true, TestContext.Current.CancellationToken);
        Assert.Equal((0.5m, Usd(0.10m), Usd(1.00m)), (kept.NextMonth.GigabyteMonths, kept.NextMonth.Cost, kept.NextMonth.Charge));
        Assert.Equal(("Personal", Usd(0.20m)), (kept.PlanName, kept.Rate));
        Assert.True(kept.ThisMonth.GigabyteMonths is > 0m and <= 0.5m);
        Assert.InRange(kept.Year.Cost!.Value.Value, 1.19m, 1.21m);
        Assert.Null((await reports.OfAsync(tenant, "group:g", 500_000_000m, charges: false, TestContext.Current.CancellationToken)).PlanName);
    }

    [Fact]
    public async Task Keeping_is_costed_by_the_rates_of_the_present_currency_alone()
    {
        var c = await portal.NewCommunityAsync();
        var next = portal.Services.GetRequiredService<TimeProvider>().GetUtcNow().AddMonths(1);
        async Task OkAsync(HttpMethod method, string path, string body) => Assert.InRange((int)(await c.JsonAsync(method, "api/v1/" + path, body)).Status, 200, 201);
        await OkAsync(HttpMethod.Post, "rates", """{"meter":"storage","unitCost":"0.20","currency":"USD","from":"2025-01-01T00:00:00Z"}""");
        await OkAsync(HttpMethod.Put, $"tenants/{c.Key}", """{"currency":"EUR","billingTimeZone":"UTC"}""");
        await OkAsync(HttpMethod.Post, "rates", $$"""{"meter":"storage","unitCost":"0.90","currency":"EUR","from":"{{next:yyyy-MM}}-01T00:00:00Z"}""");

        var kept = await portal.Services.GetRequiredService<KeepingReports>().OfAsync(await TenantAsync(c), "user:ann", 500_000_000m, charges: false, TestContext.Current.CancellationToken);
        Assert.Equal((Usd(0.10m), Usd(0.20m)), (kept.NextMonth.Cost, kept.Rate));
        Assert.InRange(kept.Year.Cost!.Value.Value, 1.19m, 1.21m);
    }
}

using System.Globalization;
using System.Net;
using CsvHelper;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Fleet;

public sealed class FleetFileTests(PortalWithClock portal) : IClassFixture<PortalWithClock>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_file_holds_exactly_the_rows_of_the_filter_in_the_pages_order()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync([
            .. Enumerable.Range(0, 60).Select(i => A.Upload($"u{i:00}", 1_000 + i, at: "2025-11-02T10:00:00Z")), .. Enumerable.Range(0, 3).Select(i => A.Upload("u01", 5, group: $"=g{i}", at: "2025-11-03T10:00:00Z")),
        ]);
        using var admin = await portal.SignInAsync(c);
        var tenant = await portal.Services.GetRequiredService<TenantStore>().GetAsync(c.Id, Cancel);
        foreach (var (address, filter, sort) in ((string, FleetFilter, string)[])
                 [("users.csv?sort=-storage", new FleetFilter("user"), "-storage"), ("fleet.csv?q=U0&sort=name&page=2", new FleetFilter(Search: "U0"), "name"), ("groups.csv", new FleetFilter("group"), "-cost")])
        {
            using var answer = await admin.GetAsync("admin/" + address, Cancel);
            Assert.Equal((HttpStatusCode.OK, "text/csv"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
            using var csv = new CsvReader(new StringReader(await answer.Content.ReadAsStringAsync(Cancel)), CultureInfo.InvariantCulture);
            var lines = csv.GetRecords<dynamic>().Select(l => ((string)l.account, (string)l.storage_bytes, (string)l.cost_by_unit_rates)).ToList();
            var rows = (await portal.Services.GetRequiredService<FleetReports>().ListAsync(tenant, filter, sort, new BillingPeriod(2025, 11, DateTimeZone.Utc), Cancel)).Rows;
            Assert.Equal(rows.Select(r => (r.Account, r.Level.ToString(CultureInfo.InvariantCulture), r.UnitRates.Value.ToString(CultureInfo.InvariantCulture))), lines);
            Assert.NotEmpty(lines);
        }
        // Revenue, margin and state are those of the page.
        var shown = await portal.Services.GetRequiredService<FleetReports>().PageAsync(tenant, new FleetFilter("user"), "name", 0, 25, new BillingPeriod(2025, 11, DateTimeZone.Utc), Cancel);
        using var own = new CsvReader(new StringReader(await admin.GetStringAsync("admin/users.csv?sort=name", Cancel)), CultureInfo.InvariantCulture);
        var filed = own.GetRecords<dynamic>().Take(25).Select(l => ((string)l.account, (string)l.revenue, (string)l.margin, (string)l.reached_about)).ToList();
        static string Money(Domain.Money.Amount? amount) => amount?.RoundToMinor().Value.ToString("0.00", CultureInfo.InvariantCulture) ?? "";
        Assert.Equal(shown.Rows.Select(r => (r.Row.Account, Money(r.Revenue), Money(r.Margin), r.Reaches?.P50?.ToString("uuuu-MM-dd", null) ?? "")), filed);
        // What a page shows is a part of the file.
        var page = await admin.GetStringAsync("admin/users?sort=-storage", Cancel);
        Assert.Contains("CSV of 60", page, StringComparison.Ordinal);
        Assert.Contains("u59", page, StringComparison.Ordinal);
        Assert.DoesNotContain("u20", page, StringComparison.Ordinal);
        Assert.Contains("'=g0", await admin.GetStringAsync("admin/groups.csv", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_no_administrator_gets_neither_page_nor_file()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(A.Upload("ann", 12_345, group: "chess", at: "2025-11-02T10:00:00Z"));
        Assert.Equal(HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/chess", """{"name":"Chess","ownerKey":"ann"}""")).Status);
        // A manager is the owner of a group, a member nobody's.
        foreach (var user in (string[])["ann", "bob"])
        {
            using var client = await portal.SignInAsync(c, user);
            foreach (var path in (string[])["admin/fleet.csv", "admin/users.csv", "admin/groups.csv"])
            {
                using var file = await client.GetAsync(path, Cancel);
                Assert.Equal(HttpStatusCode.Forbidden, file.StatusCode);
                Assert.DoesNotContain("ann", await file.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
            }
            foreach (var path in (string[])["admin/fleet", "admin/users", "admin/groups"])
            {
                using var page = await client.GetAsync(path, Cancel);
                var text = await page.Content.ReadAsStringAsync(Cancel);
                Assert.Equal(HttpStatusCode.Forbidden, page.StatusCode);
                Assert.Contains("permission", text, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain("12.3 kB", text, StringComparison.Ordinal);
            }
        }
        using var nobody = portal.Client("");
        Assert.DoesNotContain("chess", await nobody.GetStringAsync("admin/fleet.csv", Cancel), StringComparison.Ordinal);
    }
}

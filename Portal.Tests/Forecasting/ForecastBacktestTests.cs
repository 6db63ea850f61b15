using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Forecasting;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Forecasting;

/// <summary>What is stored each night, what comes of it, and what pages and the API are told.</summary>
public sealed class ForecastBacktestTests(PortalWithClock portal) : IClassFixture<PortalWithClock>
{
    private static readonly LocalDate Start = new(2025, 4, 1);

    private static readonly LocalDate Today = new(2025, 11, 20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // The portal's clock stands still at 20 November; a night before it is one of the job's own.
    private async Task<(long Made, long Met)> RunAsync(Tenant tenant, LocalDate? on = null)
    {
        var services = portal.Services;
        var clock = new FakeTimeProvider(new DateTimeOffset((on ?? Today).ToDateTimeUnspecified(), TimeSpan.Zero).AddHours(3));
        var backtest = new ForecastBacktest(
            services.GetRequiredService<IDbContextFactory<InsightsDbContext>>(), services.GetRequiredService<NpgsqlDataSource>(), services.GetRequiredService<MeterCatalog>(), services.GetRequiredService<TenantStore>(), clock);
        return await backtest.RunAsync(tenant, Cancel);
    }

    private async Task<Tenant> TenantAsync(TestCommunity c) => (await portal.Services.GetRequiredService<TenantStore>().FindAsync(c.Key, Cancel))!;

    private async Task<List<StoredForecast>> StoredAsync(TestCommunity c)
    {
        await using var db = await portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync(Cancel);
        return await db.Forecasts.AsNoTracking().Where(f => f.TenantId == c.Id).OrderBy(f => f.Account).ThenBy(f => f.Meter).ThenBy(f => f.MadeOn).ToListAsync(Cancel);
    }

    // Each day from April on a file of 10 MB, and two messages; as many days as the clock has seen.
    private async Task<TestCommunity> CommunityAsync(string? zone = null)
    {
        var c = await portal.NewCommunityAsync();
        if (zone is not null) Assert.Equal(HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Put, $"api/v1/tenants/{c.Key}", $$"""{"name":"c","billingTimeZone":"{{zone}}"}""")).Status);
        await SendAsync(c, Start, Today);
        foreach (var meter in (string[])["storage", "messages"])
        {
            var made = await c.JsonAsync(HttpMethod.Post, "api/v1/quotas/overrides", $$"""{"kind":"user","key":"ann","meter":"{{meter}}","limit":"{{(meter == "storage" ? 5_000_000_000 : 100)}}","limitKind":"hard","reason":"test","permanent":true}""");
            Assert.True(made.Status == HttpStatusCode.Created, made.Text);
        }
        return c;
    }

    private static async Task SendAsync(TestCommunity c, LocalDate from, LocalDate to)
    {
        var days = Enumerable.Range(0, Period.DaysBetween(from, to)).Select(from.PlusDays);
        await c.StoreAsync([.. days.SelectMany(d => (JsonObject[])
            [A.Upload("ann", 10_000_000, file: $"f-{d:uuuu-MM-dd}", at: $"{d:uuuu-MM-dd}T10:00:00Z"), A.Message("ann", at: $"{d:uuuu-MM-dd}T10:00:00Z"), A.Message("ann", at: $"{d:uuuu-MM-dd}T11:00:00Z")])]);
    }

    [Fact]
    public async Task Past_days_are_forecast_from_what_was_stored_up_to_them_and_marked()
    {
        var c = await CommunityAsync();
        var (made, met) = await RunAsync(await TenantAsync(c));
        var stored = await StoredAsync(c);

        Assert.Equal(stored.Count, made);
        Assert.Equal(stored.Count(f => f.Actual is not null), met);
        Assert.All(stored, f => Assert.Equal(f.MadeOn < Today.PlusDays(-1), f.Backtested));
        // 10 MB a day and two messages a day: every forecast was right, and every fact is what came.
        var levels = stored.Where(f => f.Meter == "storage" && f.Actual is not null).ToList();
        Assert.Equal(13, levels.Count);
        Assert.All(levels, f => Assert.Equal((10_000_000m * (Period.DaysBetween(Start, f.ForDay) + 1), f.Actual, f.MadeOn.PlusDays(28)), (f.P50, f.P50, f.ForDay)));
        var months = stored.Where(f => f.Meter == "messages" && f.Actual is not null).ToList();
        Assert.Equal(13, months.Count);
        Assert.All(months, f => Assert.Equal((2m * f.ForDay.Day, f.Actual), (f.P50, f.P50)));
    }

    [Fact]
    public async Task Each_night_one_more_is_made_a_missed_night_is_made_up_for_and_nothing_is_made_twice()
    {
        var c = await CommunityAsync();
        var tenant = await TenantAsync(c);
        var first = Today.PlusDays(-10);
        await RunAsync(tenant, first);
        var before = await StoredAsync(c);
        Assert.Equal((0L, 0L), await RunAsync(tenant, first));

        Assert.Equal(6L, (await RunAsync(tenant, first.PlusDays(3))).Made);

        var added = (await StoredAsync(c)).Where(f => !before.Any(b => b.Meter == f.Meter && b.MadeOn == f.MadeOn)).ToList();
        Assert.Equal([first, first.PlusDays(1), first.PlusDays(2)], added.Where(f => f.Meter == "storage").Select(f => f.MadeOn));
        Assert.Equal([true, true, false], added.Where(f => f.Meter == "storage").Select(f => f.Backtested));
    }

    [Fact]
    public async Task A_forecast_replayed_is_the_one_that_the_night_would_have_made()
    {
        var c = await CommunityAsync();
        var tenant = await TenantAsync(c);
        var night = Today.PlusDays(-21);
        await RunAsync(tenant, night.PlusDays(1));
        var atNight = (await StoredAsync(c)).Where(f => f.MadeOn == night).Select(f => (f.Meter, f.ForDay, f.P10, f.P50, f.P90)).ToList();

        // The same night, forgotten and made again three weeks later.
        await using (var db = await portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync(Cancel))
            await db.Forecasts.Where(f => f.TenantId == c.Id && f.MadeOn >= night).ExecuteDeleteAsync(Cancel);
        await RunAsync(tenant);

        Assert.Equal(2, atNight.Count);
        Assert.Equal(atNight, (await StoredAsync(c)).Where(f => f.MadeOn == night).Select(f => (f.Meter, f.ForDay, f.P10, f.P50, f.P90)));
    }

    [Fact]
    public async Task The_API_gives_forecast_range_and_track_record_and_the_same_date_as_usage_has()
    {
        var c = await CommunityAsync();
        await RunAsync(await TenantAsync(c));
        var forecasts = (await c.GetAsync("api/v1/forecasts/user/ann")).Json;
        var storage = forecasts.GetProperty("forecasts").EnumerateArray().Single(f => f.GetProperty("meter").GetString() == "storage");
        var messages = forecasts.GetProperty("forecasts").EnumerateArray().Single(f => f.GetProperty("meter").GetString() == "messages");

        Assert.Equal("user:ann", forecasts.GetProperty("account").GetString());
        // Today has no file yet: the level of now is yesterday's.
        var level = 10_000_000L * Period.DaysBetween(Start, Today);
        Assert.Equal(level.ToString(System.Globalization.CultureInfo.InvariantCulture), storage.GetProperty("last").GetString());
        Assert.Equal("dated", storage.GetProperty("reaches").GetProperty("outcome").GetString());
        Assert.Equal(Today.PlusDays(28).ToString("uuuu-MM-dd", null), storage.GetProperty("forDay").GetString());
        Assert.Equal("60", messages.GetProperty("p50").GetString());
        Assert.Equal("notThisPeriod", messages.GetProperty("reaches").GetProperty("outcome").GetString());
        foreach (var record in (JsonElement[])[storage.GetProperty("trackRecord"), messages.GetProperty("trackRecord")])
        {
            Assert.Equal((true, 12, 12, "0"), (record.GetProperty("known").GetBoolean(), record.GetProperty("facts").GetInt32(), record.GetProperty("within").GetInt32(), record.GetProperty("medianError").GetString()));
            Assert.Equal(12, record.GetProperty("backtested").GetInt32());
        }
        var record2 = await portal.Services.GetRequiredService<ForecastReports>().TrackRecordAsync(await TenantAsync(c), "user:ann", "storage", Cancel);
        Assert.Equal((12, 12), (record2.Known.Count, record2.Within));
    }

    [Fact]
    public async Task Without_facts_the_API_says_so_and_null_not_0()
    {
        var c = await CommunityAsync();
        var record = (await c.GetAsync("api/v1/forecasts/user/ann")).Json.GetProperty("forecasts")[0].GetProperty("trackRecord");

        Assert.False(record.GetProperty("known").GetBoolean());
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (record.GetProperty("within").ValueKind, record.GetProperty("medianError").ValueKind));
        Assert.Equal("No track record yet: 0 of 5 forecasts have met their day.", record.GetProperty("text").GetString());
    }

    [Fact]
    public async Task A_group_that_somebody_pays_for_names_the_payer_and_what_nobody_saw_is_not_found()
    {
        var c = await CommunityAsync();
        Assert.Equal(HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/g", """{"name":"G","ownerKey":"ann"}""")).Status);
        var group = (await c.GetAsync("api/v1/forecasts/group/g")).Json;

        Assert.Equal(("user:ann", 0), (group.GetProperty("paidBy").GetString(), group.GetProperty("forecasts").GetArrayLength()));
        Assert.Equal(HttpStatusCode.NotFound, (await c.GetAsync("api/v1/forecasts/user/nobody")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await c.GetAsync("api/v1/forecasts/group/nowhere")).Status);
    }

    [Fact]
    public async Task A_tenant_whose_billing_zone_changes_is_forecast_and_checked_by_its_own_days()
    {
        var c = await CommunityAsync(zone: "America/Los_Angeles");

        Assert.True((await RunAsync(await TenantAsync(c))).Made > 0);
        var check = await c.GetAsync("api/v1/quotas/check?user=ann&meter=storage&amount=1");
        Assert.True(check.Status == HttpStatusCode.OK, check.Text);
    }

    [Fact]
    public async Task An_erased_person_leaves_no_forecast_behind()
    {
        var c = await CommunityAsync();
        await RunAsync(await TenantAsync(c));
        using (var erased = await c.Http.DeleteAsync(new Uri("api/v1/directory/users/ann", UriKind.Relative), Cancel)) Assert.True(erased.IsSuccessStatusCode);

        Assert.DoesNotContain(await StoredAsync(c), f => f.Account == "user:ann");
        var audit = await c.GetAsync("api/v1/audit");
        Assert.DoesNotContain("user:ann", audit.Text, StringComparison.Ordinal);
    }
}

using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Metering;

public sealed class RecordingStartTests(PortalWithClock portal) : IClassFixture<PortalWithClock>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_the_day_of_the_first_event_in_the_billing_zone_whenever_that_came_in()
    {
        var c = await portal.NewCommunityAsync(new JsonObject { ["name"] = "New York", ["billingTimeZone"] = "America/New_York" });
        Assert.Null(await DayAsync(c));
        await c.StoreAsync(A.Message("ann", at: "2025-11-03T04:59:00Z"), A.Message("bob", at: "2025-11-05T00:00:00Z"));
        Assert.Equal(new LocalDate(2025, 11, 2), await DayAsync(c));
        await c.StoreAsync(A.Message("eve", at: "2025-09-30T12:00:00Z"));
        Assert.Equal(new LocalDate(2025, 9, 30), await DayAsync(c));
    }

    private async Task<LocalDate?> DayAsync(TestCommunity c) =>
        await portal.Services.GetRequiredService<RecordingStart>().DayAsync(await portal.Services.GetRequiredService<TenantStore>().GetAsync(c.Id, Cancel), Cancel);
}

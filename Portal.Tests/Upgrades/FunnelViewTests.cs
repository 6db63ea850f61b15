using Bunit;
using NodaTime;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Portal.Upgrades;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Upgrades;

public sealed class FunnelViewTests : PortalComponentTest
{
    private static readonly Instant Now = Instant.FromUtc(2026, 11, 23, 14, 0);

    private IRenderedComponent<FunnelView> Show(params (string Stage, int Asks)[] stages)
    {
        var figures = new FunnelFigures(Now - Duration.FromDays(90), stages.ToDictionary(s => s.Stage, s => s.Asks), 0, 0, 0, 0, 0, 0);
        DecisionEntry[] newest =
        [
            new(Guid.NewGuid(), "group:louisville-makers", DecisionKind.Upgrade, "club", Now, 1),
            new(Guid.NewGuid(), "user:7f3a", DecisionKind.Stay, null, Now, 1),
        ];
        return Render<FunnelView>(p => p.Add(v => v.Model, new FunnelModel(90, figures, newest, new Dictionary<string, string> { ["group:louisville-makers"] = "Louisville Makers" }, 1, DateTimeZone.Utc, Now)));
    }

    // Who disputes over the API, or from a mail, never opened the page.
    [Fact]
    public void No_share_is_of_nothing_when_something_was_disputed_that_nobody_opened()
    {
        var rates = Show((AskStage.Eligible, 3), (AskStage.Disputed, 1)).Find("dl.kv").TextContent;

        Assert.Contains("Disputed, of all asks1 of 3", rates, StringComparison.Ordinal);
        Assert.DoesNotContain("of 0", rates, StringComparison.Ordinal);
    }

    [Fact]
    public void Accounts_go_by_their_names() =>
        Assert.Equal(["Louisville Makers", "7f3a"], Show().FindAll("section[aria-label='The newest decision of each account'] tbody th a").Select(a => a.TextContent));
}

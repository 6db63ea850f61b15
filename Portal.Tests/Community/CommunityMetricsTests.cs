using OpenMeet.Insights.Domain.Community;

namespace OpenMeet.Insights.Tests.Community;

public sealed class CommunityMetricsTests
{
    [Fact]
    public void Every_metric_says_what_it_is_and_how_it_misleads()
    {
        Assert.All(CommunityMetrics.All, m =>
        {
            Assert.Matches("^[a-z][a-z0-9_]*$", m.Id);
            Assert.All([m.Name, m.What, m.Formula, m.Population, m.Window, m.GoodFor, m.Beware], text => Assert.False(string.IsNullOrWhiteSpace(text), m.Id));
            Assert.True(m.Since >= 1, m.Id);
        });
        Assert.Equal(CommunityMetrics.All.Count, CommunityMetrics.All.Select(m => m.Id).Distinct().Count());
        // None that is shown anywhere is left out of the list.
        var own = typeof(CommunityMetrics).GetProperties().Where(p => p.PropertyType == typeof(MetricDefinition)).Select(p => (MetricDefinition)p.GetValue(null)!);
        Assert.Equal(own.Select(m => m.Id).Order(), CommunityMetrics.All.Select(m => m.Id).Order());
    }

    [Theory]
    [InlineData("active_members")]
    [InlineData("members")]
    [InlineData("attendance")]
    [InlineData("messages")]
    [InlineData("rsvps")]
    public void Keys_that_alerts_go_by_are_there(string id) => Assert.Contains(CommunityMetrics.All, m => m.Id == id);
}

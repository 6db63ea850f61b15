using Bunit;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Feedback;
using OpenMeet.Insights.Portal.Feedback;
using OpenMeet.Insights.Tests.Shared;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Feedback;

public sealed class FeedbackStoreTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_last_word_of_each_person_counts_and_the_least_useful_page_comes_first()
    {
        var tenant = (await portal.NewCommunityAsync()).Id;
        var store = portal.Services.GetRequiredService<FeedbackStore>();
        await SayAsync("/me/usage", "user:ann", true, "Found my limit");
        await SayAsync("/me/usage", "user:bob", false, null);
        await SayAsync("/me/costs", "user:ann", false, "Which bill is this?");
        await SayAsync("/me/costs", "user:bob", false, null);
        await SayAsync("/me/usage", "user:bob", true, null);
        await SayAsync("/me/usage", "user:ann", true, null);

        Assert.True(await store.OfAsync(tenant, "/me/usage", "user:bob", Cancel));
        Assert.Null(await store.OfAsync(tenant, "/me/usage", "user:eve", Cancel));
        var opinions = await store.OpinionsAsync(tenant, Cancel);
        Assert.Equal([("/me/costs", 0, 2, "Which bill is this?"), ("/me/usage", 2, 0, "Found my limit")], opinions.Select(o => (o.Page, o.Useful, o.NotUseful, o.Lines.Single().Text)));

        Task SayAsync(string page, string person, bool useful, string? text) => store.SayAsync(tenant, page, person, useful, text, new Actor(person, Instant.FromUtc(2026, 11, 1, 12, 0)), Cancel);
    }
}

public sealed class FeedbackViewTests : PortalComponentTest
{
    [Theory]
    [InlineData("groups/trail-runners/usage?p=28d", "/groups/*/usage")]
    [InlineData("me/usage", "/me/usage")]
    [InlineData("me/why", null)]
    [InlineData("groups/x/why", null)]
    [InlineData("admin/costs", null)]
    [InlineData("", null)]
    public void It_is_asked_below_pages_of_members_and_managers(string address, string? page) => Assert.Equal(page, AskedPages.Of(address));

    [Fact]
    public void Few_answers_stand_as_counts_and_nobody_is_named()
    {
        var view = Render<FeedbackView>(p => p.Add(v => v.Model, new FeedbackModel(DateTimeZone.Utc, [new PageOpinion("/me/usage", 3, 1, [new OpinionLine(false, "<b>bold</b> words", Instant.FromUtc(2026, 11, 1, 12, 0))])])));
        Assert.Contains("3 of 4", view.Markup, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;bold&lt;/b&gt; words", view.Markup, StringComparison.Ordinal);
        Assert.Contains("1 Nov 2026", view.Markup, StringComparison.Ordinal);
        Assert.Contains("Nobody has said anything yet", Render<FeedbackView>(p => p.Add(v => v.Model, new FeedbackModel(DateTimeZone.Utc, []))).Markup, StringComparison.Ordinal);
    }
}

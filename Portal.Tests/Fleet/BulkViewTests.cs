using Bunit;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Portal.Fleet;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Fleet;

public sealed class BulkViewTests : PortalComponentTest
{
    private static readonly Tenant Tenant = new() { Id = 1, Key = "t", Name = "Tenant", Terms = [new TenantTerms(null, "USD", "UTC", "group-carries", null)] };

    [Fact]
    public void A_dry_run_says_what_would_change_and_who_would_be_over()
    {
        var view = View(BulkStatus.Draft, isOwn: true, approvalAbove: 100, (BulkResult.Open, 214), (BulkResult.Same, 3));
        Assert.Equal("A dry run: nothing is changed yet. 214 accounts would be changed, 4 would be over a limit.", view.Find(".say").TextContent.Trim());
        Assert.Contains("All users, at a limit or over it", view.Find(".more").TextContent, StringComparison.Ordinal);
        Assert.Equal("/admin/users?use=full", view.Find(".more a").GetAttribute("href"));
        Assert.Equal(["Ask for approval", "Throw away"], Buttons(view));
        Assert.Equal(["Change 100 accounts", "Throw away"], Buttons(View(BulkStatus.Draft, isOwn: true, approvalAbove: 100, (BulkResult.Open, 100))));
        var row = view.Find("tbody tr").TextContent;
        foreach (var text in (string[])["Ann", "user:ann", "10 GB", "5 GB, hard", "over by 2.8 GB", "to do"]) Assert.Contains(text, row, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_asked_cannot_approve_and_somebody_else_can()
    {
        Assert.Equal(["Throw away"], Buttons(View(BulkStatus.Waiting, isOwn: true, approvalAbove: 100, (BulkResult.Open, 214))));
        var step = default(BulkStep?);
        var other = View(BulkStatus.Waiting, isOwn: false, approvalAbove: 100, s => step = s, (BulkResult.Open, 214));
        Assert.Equal(["Approve and change 214 accounts", "Throw away"], Buttons(other));
        other.Find("button").Click();
        Assert.Equal(BulkStep.Approve, step);
    }

    [Theory]
    [InlineData(BulkStatus.Running, "50 of 200 accounts had their turn.", "Stop")]
    [InlineData(BulkStatus.Stopped, "Stopped after 50 of 200 accounts.", "Go on|Take back what was done")]
    [InlineData(BulkStatus.Done, "Done: 50 of 200 accounts were changed.", "Take it back")]
    [InlineData(BulkStatus.Discarded, "Thrown away: nothing was changed.", "")]
    public void Progress_and_what_can_be_done_follow_the_state(BulkStatus status, string sentence, string buttons)
    {
        var view = View(status, isOwn: true, approvalAbove: 100, (BulkResult.Done, 50), (BulkResult.Open, 150));
        Assert.Equal(sentence, view.Find(".say").TextContent.Trim());
        Assert.Equal(buttons, string.Join('|', Buttons(view)));
        Assert.Equal("50", view.Find("[role=progressbar]").GetAttribute("aria-valuenow"));
        Assert.Equal("width:25%", view.Find("[role=progressbar] i").GetAttribute("style"));
    }

    [Fact]
    public void An_empty_list_says_where_accounts_are_chosen()
    {
        var view = Render<BulksView>(p => p.Add(v => v.Model, new BulksModel(Tenant, [], new Dictionary<string, string>(), new Infrastructure.Metering.MeterSet([]))));
        Assert.Equal("/admin/fleet", view.Find(".empty a").GetAttribute("href"));
        Assert.Equal("No bulk action is running.", view.Find(".say").TextContent.Trim());
    }

    private static IEnumerable<string> Buttons(IRenderedComponent<BulkView> view) => view.FindAll("button").Select(b => b.TextContent.Trim());

    private IRenderedComponent<BulkView> View(BulkStatus status, bool isOwn, int approvalAbove, params (BulkResult Result, int Count)[] counts) => View(status, isOwn, approvalAbove, null, counts);

    private IRenderedComponent<BulkView> View(BulkStatus status, bool isOwn, int approvalAbove, Action<BulkStep>? onStep, params (BulkResult Result, int Count)[] counts)
    {
        var action = new BulkAction
        {
            Id = 12,
            TenantId = 1,
            Status = status,
            Filter = """{"Kind":"user","Use":"full"}""",
            Reason = "Festival",
            Meter = "storage",
            Limit = 5_000_000_000m,
            LimitKind = "hard",
            CreatedBy = "ada@example.org",
            CreatedAt = Instant.FromUtc(2026, 11, 20, 12, 0),
            StartedAt = status is BulkStatus.Draft or BulkStatus.Waiting ? null : Instant.FromUtc(2026, 11, 20, 12, 5),
        };
        var item = new BulkItem { Position = 1, Account = "user:ann", Name = "Ann", Before = "10 GB, hard (Club v3)", After = "5 GB, hard", Over = true, Effect = "Now 7.8 GB used: 1 account would be over by 2.8 GB." };
        var state = new BulkState(action, new BulkCounts(counts.ToDictionary(c => c.Result, c => c.Count), 4, 0), [item], 1);
        return Render<BulkView>(p => p.Add(v => v.Model, new BulkModel(Tenant, state, new ListState(null, "", 1), null, null, approvalAbove, isOwn, new Dictionary<string, string>())).Add(v => v.OnStep, s => onStep?.Invoke(s)));
    }
}

using Bunit;
using NodaTime;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Webhooks;
using OpenMeet.Insights.Infrastructure.Delivery;
using OpenMeet.Insights.Portal.Alerts;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Portal.Webhooks;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Alerts;

public sealed class AlertViewTests : PortalComponentTest
{
    private static readonly Instant Now = Instant.FromUtc(2026, 11, 23, 14, 0);
    private static readonly Tenant Tenant = new() { Id = 1, Key = "t", Name = "Tenant", Terms = [new TenantTerms(null, "USD", "UTC", "group-carries", null)] };

    private static StoredAlertRule Rule(bool mail = true) => new()
    {
        Id = 7,
        TenantId = 1,
        Account = "group:chess",
        Subject = AlertSubject.Share,
        Meter = "storage",
        Thresholds = [75, 90],
        Recipient = "user:olga",
        Mail = mail,
        CreatedBy = "olga@example.org",
    };

    private static AlertFiring Firing() => new()
    {
        Id = Guid.CreateVersion7(),
        TenantId = 1,
        Origin = "rule:7.0",
        RuleId = 7,
        Account = "group:chess",
        Subject = AlertSubject.Share,
        Period = "2026-11",
        Against = "25000000000",
        Threshold = 90,
        Value = 22_800_000_000m,
        Unit = "bytes",
        Described = "Storage at 75 and 90 % of the limit",
        Title = "Storage: 90 % of the limit is used",
        Detail = "22.8 GB of 25 GB (91.2 %) used.",
        Recipient = "user:olga",
        At = Now,
    };

    private static AlertsModel Model(IReadOnlyList<StandingRule> rules, IReadOnlyList<ToldAlert> told) => new(
        Tenant, "group:chess", true, "user:olga", rules, told, told.Count, new ListState(null, "", 1),
        new MeterSet(1, [], AttributionSchedule.Default, new Dictionary<string, string>(), null), "USD", null, false, 0, _ => "/groups/chess/alerts");

    [Fact]
    public void The_rules_say_what_stands_whom_they_tell_and_that_nothing_is_stopped()
    {
        var standing = new StandingRule(Rule(), "Storage", new AlertReading(22_800_000_000m, 25_000_000_000m, "bytes"));
        StandingRule? tested = null;
        var page = Render<AlertsView>(p => p.Add(v => v.Model, Model([standing], [])).Add(v => v.OnTest, (StandingRule r) => tested = r));
        Assert.Contains("Alerts notify; they do not stop anything. A budget can also ask you, or pause new uploads: choose under Controls. Checked every 5 minutes", page.Find(".more").TextContent, StringComparison.Ordinal);
        Assert.Equal("1 rule watches over this account; none has spoken yet.", page.Find(".say").TextContent.Trim());
        var row = page.Find("tbody tr").TextContent;
        foreach (var text in new[] { "Storage at 75 and 90 % of the limit", "22.8 GB of 25 GB (91 %)", "inbox, mail (not set up)", "to you", "olga@example.org" }) Assert.Contains(text, row, StringComparison.Ordinal);
        page.Find("button[aria-label='Test Storage at 75 and 90 % of the limit']").Click();
        Assert.Equal(7, tested!.Stored.Id);
    }

    [Fact]
    public void Ending_asks_first_and_no_limit_and_the_unknown_are_said()
    {
        StandingRule? ended = null;
        var noLimit = new StandingRule(Rule(), "Storage", new AlertReading(5m, null, "bytes"));
        var page = Render<AlertsView>(p => p.Add(v => v.Model, Model([noLimit], [])).Add(v => v.OnEnd, (StandingRule r) => ended = r));
        Assert.Contains("no limit now", page.Find("tbody tr").TextContent, StringComparison.Ordinal);
        page.Find("button[aria-label^='End ']").Click();
        Assert.Null(ended);
        page.FindAll("button").Single(b => b.TextContent == "End it").Click();
        Assert.Equal(7, ended!.Stored.Id);

        var unknown = Render<AlertsView>(p => p.Add(v => v.Model, Model([new StandingRule(Rule(), "Storage", AlertReading.Unknown)], []))).Find("tbody tr").TextContent;
        Assert.Contains("—", unknown, StringComparison.Ordinal);
        Assert.Contains("not known now", unknown, StringComparison.Ordinal);
        Assert.Contains("No rule yet", Render<AlertsView>(p => p.Add(v => v.Model, Model([], []))).Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void The_history_names_rule_value_threshold_month_time_and_how_it_left_but_no_secret_address()
    {
        ChannelOutcome[] channels =
        [
            new("inbox", null, "delivered", null, null), new("mail", "olga@example.org", "quiet", null, Now + Duration.FromHours(9)),
            new("webhook", "https://hooks.example.org/T00/secret", "retrying", "Answered 500.", Now + Duration.FromMinutes(5)), new("webhook", null, "failed", "No endpoint takes alert.fired.", null),
        ];
        var page = Render<AlertHistory>(p => p.Add(v => v.Model, Model([], [new ToldAlert(Firing(), channels)])));
        var row = page.Find("tbody tr").TextContent;
        foreach (var text in new[]
        {
            "Storage: 90 % of the limit is used", "rule 7", "22.8 GB", "90 %", "23 Nov 2026, 14:00 UTC", "month Nov 2026", "Inbox: delivered",
            "Mail to olga@example.org: waits for the end of quiet hours, 23 Nov 2026, 23:00 UTC", "Webhook to hooks.example.org: retrying, next 23 Nov 2026, 14:05 UTC", "Answered 500.", "No endpoint takes alert.fired.",
        })
        {
            Assert.Contains(text, row, StringComparison.Ordinal);
        }
        Assert.DoesNotContain("T00/secret", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void The_inbox_tells_read_from_unread_for_eye_and_ear()
    {
        InboxNotice Notice(long id, Instant? read) => new() { Id = id, TenantId = 1, Recipient = "user:olga", Account = "group:chess", Title = "Title " + id, Detail = "Detail", At = Now, ReadAt = read };
        InboxNotice? marked = null;
        var page = Render<InboxView>(p => p.Add(v => v.Model, new InboxModel(Tenant, "user:olga", [Notice(2, null), Notice(1, Now)], 2, 1, new ListState(null, "", 1))).Add(v => v.OnMark, (InboxNotice n) => marked = n));
        Assert.Equal("1 message is unread.", page.Find(".say").TextContent.Trim());
        var lines = page.FindAll(".notices li");
        Assert.Contains("Unread: ", lines[0].TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("Unread: ", lines[1].TextContent, StringComparison.Ordinal);
        Assert.Equal("/groups/chess/alerts", lines[0].QuerySelector("a")!.GetAttribute("href"));
        Assert.Contains("Mark as unread", lines[1].TextContent, StringComparison.Ordinal);
        lines[0].QuerySelector("button")!.Click();
        Assert.Equal(2, marked!.Id);
    }

    [Fact]
    public void Webhooks_show_what_is_off_and_why_and_every_attempt()
    {
        var endpoint = new WebhookEndpoint { Id = 3, TenantId = 1, Url = "https://example.org/hook", Events = ["alert.fired"], Secret = "kept-secret", CreatedBy = "ada@example.org", CreatedAt = Now, DisabledAt = Now, DisabledReason = "It answered 410 Gone." };
        var message = new OutgoingMessage { Id = Guid.CreateVersion7(), TenantId = 1, Channel = "webhook", Target = endpoint.Url, Body = "{}", Type = "alert.fired", State = "failed", CreatedAt = Now };
        var delivery = new WebhookDelivery(message, [new DeliveryAttempt { At = Now, Status = 500, Outcome = "Answered 500.", Excerpt = "<b>no</b>", Milliseconds = 12 }]);
        var model = new WebhooksModel(Tenant, [endpoint], endpoint, [delivery]);
        var list = Render<WebhooksView>(p => p.Add(v => v.Model, model));
        Assert.Contains("It answered 410 Gone.", list.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("kept-secret", list.Markup, StringComparison.Ordinal);
        Assert.Empty(list.FindAll("button[aria-label^='Test ']"));
        WebhookDelivery? again = null;
        var log = Render<DeliveriesView>(p => p.Add(v => v.Model, model).Add(v => v.OnResend, (WebhookDelivery d) => again = d));
        Assert.Contains("Answered 500. 12 ms", log.Find("tbody tr").TextContent, StringComparison.Ordinal);
        Assert.Empty(log.FindAll("b"));
        log.Find("tbody button").Click();
        Assert.Equal(message.Id, again!.Message.Id);
    }
}

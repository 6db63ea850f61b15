using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using NodaTime;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Browser;

/// <summary>Addresses that are wrong or old, and names and histories that nobody thought of: a page in words on a phone, never a fault.</summary>
[Collection<OneDemo>]
public sealed class BadInputTests(DemoPortal portal)
{
    private static readonly string LongWord = new('W', 300);
    private static readonly string LongName = string.Join(' ', Enumerable.Repeat("Zwischenjahresversammlung", 12))[..300];
    private static readonly string[] OfGroup = ["usage", "storage", "costs", "statement", "community", "members", "retention", "gatherings", "conversation", "contributors", "health", "resources", "alerts", "plan", "why"];

    private readonly List<string> _faults = [];

    [Fact]
    public async Task A_wrong_or_stale_address_is_answered_in_words()
    {
        await LookAsync(
            DemoPortal.Manager,
            ("/nowhere", 404), ("/groups/trail-runners/nowhere", 404), ("/groups//usage", 404), ("/admin", 404),
            ("/groups/no-such-group/usage", 403), ("/groups/no-such-group/why", 403), ("/groups/louisville-makers/plan", 403), ("/groups/" + LongWord + "/members", 403), ("/groups/%F0%9F%8C%B1/usage", 403),
            ("/groups/trail-runners/usage?p=tomorrow", 200), ("/groups/trail-runners/usage?p=2026-13&compare=never&view=song&meter=none", 200),
            ("/groups/trail-runners/usage?from=2026-11-20&to=2026-11-01", 200), ("/groups/trail-runners/usage?from=2199-01-01&to=2199-12-31", 200), ("/groups/trail-runners/usage?from=2000-01-01&to=2199-12-31", 200),
            ("/groups/trail-runners/usage?from=x&to=", 200), ("/groups/trail-runners/costs?from=2026-11-20&to=2025-11-01", 200), ("/groups/trail-runners/storage?mb=-5", 200), ("/me/storage?mb=99999999999999999999", 200),
            ("/groups/trail-runners/members?from=2026-11-20&to=2026-11-01&compare=2026-10-31..2026-10-01", 200), ("/groups/trail-runners/retention?by=minute", 200),
            ("/groups/trail-runners/statement?period=2026-13", 200), ("/me/statement?period=1999-01", 200), ("/groups/trail-runners/plan?choose=none&when=never", 200),
            ("/groups/trail-runners/why?decision=not-one&level=loud", 403), ("/groups/trail-runners/why?decision=00000000-0000-0000-0000-000000000001", 403), ("/groups/trail-runners/alerts?edit=999999", 200), ("/events?group=trail-runners&meter=none&p=x", 200), ("/inbox?page=-3", 200));
        await LookAsync(
            DemoPortal.Admin,
            ("/admin/users?sort=none&page=-1&q=%27%22%3C%3E%25", 200), ("/admin/groups?page=99999999999999999999", 200), ("/admin/users/nobody-at-all", 404), ("/admin/groups/no-such-group", 404), ("/admin/plans/none", 404),
            ("/admin/plans/none/edit", 404), ("/admin/users/nobody-at-all/why", 404), ("/admin/users/nobody-at-all/statement", 404), ("/admin/webhooks?endpoint=999999", 200), ("/admin/alerts?edit=999999", 200),
            ("/admin/meters?edit=none", 200), ("/admin/anomalies?after=none", 200), ("/admin/audit?from=2026-11-20&to=2026-11-01&q=%00", 200), ("/admin/disputes?answer=none", 200), ("/admin/upgrades?days=-1", 200),
            ("/admin/costs?p=2000-01", 200), ("/admin/performance?from=2026-11-20&to=2026-11-01&area=none", 200));
        Assert.True(_faults.Count == 0, string.Join('\n', _faults));
    }

    [Fact]
    public async Task Long_strange_and_empty_accounts_fit_a_phone()
    {
        using var api = portal.Api();
        // Nothing was ever stored for the first; one message for the second.
        await DescribeAsync(api, "users/odd-long", new JsonObject { ["name"] = LongName });
        await DescribeAsync(api, "users/odd-rtl", new JsonObject { ["name"] = "محمد بن عبد الله 🧗🏽‍♀️ \u202Eזה הפוך" });
        await DescribeAsync(api, "groups/odd-empty", new JsonObject { ["name"] = LongWord, ["ownerKey"] = "odd-long" });
        await DescribeAsync(api, "groups/odd-single", new JsonObject { ["name"] = "نادي المشي 🥾🌙 \u202Eהליכה", ["ownerKey"] = "odd-rtl" });
        await DescribeAsync(api, "groups/odd-single/members/odd-long", new JsonObject { ["role"] = "member" });
        using var stored = await api.PostAsync("api/v1/events", JsonContent.Create(A.Message("odd-rtl", "odd-single", at: Rfc3339.Format(Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()))), MediaTypeHeaderValue.Parse("application/cloudevents+json")), TestContext.Current.CancellationToken);
        Assert.True(stored.IsSuccessStatusCode, await stored.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        string[] pages =
        [
            .. OfGroup.SelectMany(p => new[] { $"/groups/odd-empty/{p}", $"/groups/odd-single/{p}" }), "/groups/odd-single/usage?p=12m&view=table", "/groups/odd-single/usage?compare=none",
            "/admin/groups?q=odd", "/admin/users?q=odd", "/admin/groups/odd-empty", "/admin/groups/odd-single", "/admin/users/odd-long", "/admin/users/odd-rtl", "/admin/users/odd-long/statement", "/admin/users/odd-long/why",
            "/events?group=odd-single", "/admin/audit", "/network",
        ];
        await LookAsync(DemoPortal.Admin, [.. pages.Select(p => (p, 200))]);
        Assert.True(_faults.Count == 0, string.Join('\n', _faults));
    }

    private static async Task DescribeAsync(HttpClient api, string path, JsonObject description)
    {
        using var answer = await api.PutAsJsonAsync("api/v1/directory/" + path, description, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
    }

    private async Task LookAsync(string email, params (string Address, int Status)[] pages)
    {
        var page = await portal.OpenAsync(email, width: 390);
        var address = "";
        page.PageError += (_, fault) => _faults.Add($"{address}: script: {fault}");
        page.Console += (_, line) =>
        {
            // The browser itself reports the status of a page that is refused.
            if (line.Type == "error" && !line.Text.Contains("the server responded with a status of 40", StringComparison.Ordinal)) _faults.Add($"{address}: console: {line.Text}");
        };
        foreach (var (next, status) in pages)
        {
            address = next.Length > 120 ? next[..120] + "…" : next;
            var before = portal.Errors.Count;
            try
            {
                var answer = (await page.GotoAsync(next))!;
                if (answer.Status != status) _faults.Add($"{address}: answered {answer.Status} and not {status}");
                await DemoPortal.InteractiveAsync(page);
                // What has nothing to show is looked up again by the circuit before it says so.
                await page.Locator("main .verdict .say").First.WaitForAsync();
                var facts = await PageScript.ReadAsync(page);
                if (facts.Text.Contains(PageFacts.Failed, StringComparison.Ordinal)) _faults.Add($"{address}: failed");
                if (facts.Sideways > 0) _faults.Add($"{address}: is {facts.Sideways} px wider than a phone");
            }
            catch (Exception fault) when (fault is PlaywrightException or TimeoutException)
            {
                _faults.Add($"{address}: {fault.Message.Split('\n')[0]}");
            }
            _faults.AddRange(portal.Errors.Skip(before).Select(e => $"{address}: the portal's log: {e}"));
        }
        await page.Context.CloseAsync();
    }
}

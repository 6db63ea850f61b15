using Microsoft.AspNetCore.Components.Server.Circuits;
using Prometheus;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>Counts open dashboards for Prometheus.</summary>
internal sealed class CircuitCount : CircuitHandler
{
    private static readonly Gauge Circuits = Prometheus.Metrics.CreateGauge("openmeet_insights_circuits", "Open circuits of pages.");

    /// <summary>There is a figure before the first page is opened.</summary>
    public static void Tell() => Circuits.Publish();

    public override Task OnCircuitOpenedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        Circuits.Inc();
        return Task.CompletedTask;
    }

    public override Task OnCircuitClosedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        Circuits.Dec();
        return Task.CompletedTask;
    }
}

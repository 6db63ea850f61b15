using Prometheus;

namespace OpenMeet.Insights.Infrastructure.Delivery;

/// <summary>What Prometheus is told about messages. No tenant, user or group is ever a label.</summary>
public sealed class DeliveryMetrics
{
    private readonly Counter _sent = Prometheus.Metrics.CreateCounter(
        "openmeet_insights_alerts_sent_total", "Messages by channel (inbox, mail, webhook) and outcome of the attempt (delivered, retrying, failed).", "channel", "outcome");

    /// <summary>Every outcome is there from the beginning: what first shows up as 1 has not grown, and no alert sees it.</summary>
    public DeliveryMetrics()
    {
        _sent.WithLabels("inbox", "delivered");
        foreach (var channel in (string[])["mail", "webhook"])
        {
            foreach (var outcome in (string[])["delivered", "retrying", "failed"]) _sent.WithLabels(channel, outcome);
        }
    }

    /// <summary>A message was delivered, or not.</summary>
    public void Sent(string channel, string outcome) => _sent.WithLabels(channel, outcome).Inc();
}

using NodaTime;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Alerts;

/// <summary>How a channel fared, in words.</summary>
internal static class ChannelText
{
    /// <summary>"Inbox", "Mail to ann@example.org", "Webhook to hooks.example.org"; of an address only its host, as the rest may be a secret.</summary>
    public static string Name(ChannelOutcome channel) => channel switch
    {
        { Channel: "inbox" } => "Inbox",
        { Channel: "mail", Target: { Length: > 0 } to } => "Mail to " + to,
        { Channel: "mail" } => "Mail",
        { Target: { } url } when Uri.TryCreate(url, UriKind.Absolute, out var uri) => "Webhook to " + uri.Host,
        _ => "Webhook",
    };

    /// <summary>"delivered", "waits for the end of quiet hours, 26 Nov 2026, 07:00 UTC", "retrying, next 14:05".</summary>
    public static string State(ChannelOutcome channel, DateTimeZone zone) => channel.State switch
    {
        "quiet" => "waits for the end of quiet hours, " + Formats.DateTime(channel.NextAt, zone),
        "waiting" => "on its way",
        "retrying" => "retrying, next " + Formats.DateTime(channel.NextAt, zone),
        var state => state,
    };
}

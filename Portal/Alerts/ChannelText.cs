using NodaTime;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Alerts;

/// <summary>How a channel fared, in words.</summary>
internal static class ChannelText
{
    /// <summary>"Inbox", "Mail to ann@example.org", "Webhook to hooks.example.org"; of an address only its host, as the rest may be a secret.</summary>
    public static string Name(ChannelOutcome channel) => channel switch
    {
        { Channel: "inbox" } => Words.Say("Inbox"),
        { Channel: "mail", Target: { Length: > 0 } to } => Words.Say("Mail to {0}", to),
        { Channel: "mail" } => Words.Say("Mail"),
        { Target: { } url } when Uri.TryCreate(url, UriKind.Absolute, out var uri) => Words.Say("Webhook to {0}", uri.Host),
        _ => "Webhook",
    };

    /// <summary>"delivered", "waits for the end of quiet hours, 26 Nov 2026, 07:00 UTC", "retrying, next 14:05".</summary>
    public static string State(ChannelOutcome channel, DateTimeZone zone) => channel.State switch
    {
        "quiet" => Words.Say("waits for the end of quiet hours, {0}", Formats.DateTime(channel.NextAt, zone)),
        "waiting" => Words.Say("on its way"),
        "retrying" => Words.Say("retrying, next {0}", Formats.DateTime(channel.NextAt, zone)),
        "delivered" => Words.Say("delivered"),
        "failed" => Words.Say("failed"),
        var state => state,
    };
}

using OpenMeet.Insights.Infrastructure.Delivery;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>How mail leaves, as the configuration says it.</summary>
internal static class MessageSettings
{
    /// <summary>Without a host there is no mail.</summary>
    public static MailSettings Mail(IConfiguration configuration)
    {
        var mail = configuration.GetSection("Insights:Mail");
        return mail["Host"] is { Length: > 0 } host
            ? new MailSettings(host, mail.GetValue("Port", 587), Given(mail["User"]), mail["Password"], mail["From"]!, mail.GetValue("StartTls", true))
            : new MailSettings(null);
    }

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

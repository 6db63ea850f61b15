using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NodaTime;

namespace OpenMeet.Insights.Domain.Webhooks;

/// <summary>The headers of a message as Standard Webhooks 1.0 has them.</summary>
public static class WebhookSignature
{
    /// <summary>What every secret begins with; base64 follows.</summary>
    public const string SecretPrefix = "whsec_";

    /// <summary>A secret as its owner keeps it.</summary>
    /// <param name="key">24 to 64 random bytes.</param>
    public static string Secret(ReadOnlySpan<byte> key) => SecretPrefix + Convert.ToBase64String(key);

    /// <summary>The value of <c>webhook-timestamp</c>: seconds since 1970.</summary>
    public static string Timestamp(Instant at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    /// <summary>The value of <c>webhook-signature</c>: <c>v1,</c> and the base64 of HMAC-SHA256 over <c>id.timestamp.body</c>.</summary>
    /// <param name="secret"><c>whsec_</c> and base64.</param>
    /// <param name="id">The value of <c>webhook-id</c>, the same over all attempts.</param>
    /// <param name="timestamp">The value of <c>webhook-timestamp</c>, of this attempt.</param>
    /// <param name="body">The body exactly as it is sent.</param>
    /// <exception cref="FormatException">The secret is not of that form.</exception>
    public static string Sign(string secret, string id, string timestamp, string body)
    {
        if (!secret.StartsWith(SecretPrefix, StringComparison.Ordinal)) throw new FormatException("A webhook's secret begins with " + SecretPrefix + ".");
        var hash = HMACSHA256.HashData(Convert.FromBase64String(secret[SecretPrefix.Length..]), Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}"));
        return "v1," + Convert.ToBase64String(hash);
    }
}

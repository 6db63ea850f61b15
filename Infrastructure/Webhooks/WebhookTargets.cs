using System.Net;
using System.Net.Sockets;

namespace OpenMeet.Insights.Infrastructure.Webhooks;

/// <summary>Whom webhooks may reach.</summary>
/// <param name="AllowPrivateTargets">Also addresses inside the house: for tests and closed networks.</param>
public sealed record WebhookSettings(bool AllowPrivateTargets = false);

/// <summary>
/// Keeps webhooks from reaching into the house: only http and https, and only addresses of the public internet. It is asked when an
/// address is given and again, for the very address that is connected to, at each attempt.
/// </summary>
/// <param name="settings">Whom webhooks may reach.</param>
/// <param name="resolve">Answers the addresses of a name; the system does where nothing else is given.</param>
public sealed class WebhookTargets(WebhookSettings settings, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    private static readonly IPNetwork[] Refused =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(n => IPNetwork.Parse(n)),
    ];

    // All that is given out to the public so far; loopback, unspecified, mapped, unique-local, link-local, multicast and translated ones lie outside.
    private static readonly IPNetwork PublicV6 = IPNetwork.Parse("2000::/3");

    /// <summary>Whether an address belongs to the public internet. An IPv4 address inside an IPv6 one is taken as what it is.</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && !PublicV6.Contains(address)) return false;
        return !Refused.Any(n => n.Contains(address));
    }

    /// <summary>Whether a connection to an address is allowed here.</summary>
    public bool Allows(IPAddress address) => settings.AllowPrivateTargets || IsPublic(address);

    /// <summary>What is wrong with an address that somebody gave; null where nothing is.</summary>
    public async Task<string?> FaultAsync(string url, CancellationToken cancel)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0) return "must be an address of http or https, such as https://example.org/hook.";
        if (uri.UserInfo.Length > 0) return "must not carry a name or a password.";
        try
        {
            var addresses = await ResolveAsync(uri.IdnHost, cancel);
            return addresses.FirstOrDefault(a => !Allows(a)) is { } refused
                ? $"leads to {refused}, an address inside a private network or reserved; only public addresses are allowed."
                : addresses.Length == 0 ? "has a name that leads nowhere." : null;
        }
        catch (SocketException)
        {
            return "has a name that cannot be found now.";
        }
    }

    /// <summary>All addresses of a name, or the address itself.</summary>
    internal async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancel) =>
        IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? [literal] : await (resolve ?? Dns.GetHostAddressesAsync)(host, cancel);
}

/// <summary>A connection was refused before it was made.</summary>
public sealed class RefusedTargetException(IPAddress address) : Exception($"It leads to {address}, an address inside a private network or reserved.");

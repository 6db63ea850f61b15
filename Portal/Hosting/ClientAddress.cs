using System.Net;
using Microsoft.AspNetCore.HttpOverrides;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>
/// Where a request comes from. Behind a proxy that is what <c>X-Forwarded-For</c> says, believed of the proxies that are named in
/// <c>Insights:Proxies</c> and of nobody else: from the right, up to the first address that is none of them.
/// </summary>
internal static class ClientAddress
{
    private const string Setting = "Insights:Proxies";

    public static void AddClientAddress(this IServiceCollection services, IConfiguration configuration)
    {
        var named = Named(configuration).ToList();
        // Also where the host was told to believe everybody (ASPNETCORE_FORWARDEDHEADERS_ENABLED).
        services.PostConfigure<ForwardedHeadersOptions>(headers =>
        {
            headers.ForwardedHeaders = named.Count == 0 ? ForwardedHeaders.None : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            headers.ForwardLimit = null;
            headers.KnownProxies.Clear();
            headers.KnownIPNetworks.Clear();
            foreach (var name in named)
            {
                if (IPAddress.TryParse(name, out var proxy)) headers.KnownProxies.Add(proxy);
                else headers.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(name));
            }
        });
    }

    /// <summary>What is wrong with the setting.</summary>
    public static IEnumerable<string> Faults(IConfiguration configuration) => Named(configuration)
        .Where(n => !IPAddress.TryParse(n, out _) && !System.Net.IPNetwork.TryParse(n, out _))
        .Select(n => $"{Setting} names '{n}'; expected are addresses and networks of your proxies, such as 127.0.0.1, 10.0.0.0/8.");

    /// <summary>The address as people read it; null where there is none.</summary>
    public static string? Of(HttpContext context) => Plain(context)?.ToString();

    /// <summary>Who counts as one sender: an address, and of IPv6 the network of 64 bits that one household has.</summary>
    public static string SenderOf(HttpContext context)
    {
        if (Plain(context) is not { } address) return "";
        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6) return address.ToString();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes) + "/64";
    }

    private static IPAddress? Plain(HttpContext context) => context.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : context.Connection.RemoteIpAddress;

    private static IEnumerable<string> Named(IConfiguration configuration) =>
        (configuration[Setting] ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Account;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Hosting;

/// <summary>A portal behind proxies at 127.0.0.1 and in 10.1.0.0/16, which was also told to believe everybody.</summary>
public sealed class ProxiedPortal(PostgresServer server) : RunningPortal(server)
{
    /// <summary>Tries to sign in that one sender has in a minute.</summary>
    public const int SignInsPerMinute = 5;

    internal override void Adjust(WebApplicationBuilder builder)
    {
        builder.Configuration["Insights:Proxies"] = "127.0.0.1, 10.1.0.0/16,";
        builder.Configuration["FORWARDEDHEADERS_ENABLED"] = "true";
        builder.Configuration["Insights:SignIn:PerMinute"] = SignInsPerMinute.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}

/// <summary>Behind a proxy the address is the browser's, and no browser can choose it.</summary>
public sealed class ClientAddressTests(ProxiedPortal portal) : IClassFixture<ProxiedPortal>
{
    private const string Proxy = "127.0.0.1";
    private const string Stranger = "127.0.0.2";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Proxy, "203.0.113.10", "203.0.113.10")]
    [InlineData(Proxy, "6.6.6.6, 203.0.113.11", "203.0.113.11")]
    [InlineData(Proxy, "6.6.6.6, 203.0.113.12, 10.1.2.3", "203.0.113.12")]
    [InlineData(Proxy, "127.0.0.1, 203.0.113.13", "203.0.113.13")]
    [InlineData(Proxy, "6.6.6.6, 203.0.113.14, 10.2.0.1", "10.2.0.1")]
    [InlineData(Proxy, "nonsense", "127.0.0.1")]
    [InlineData(Proxy, "2001:db8::5", "2001:db8::5")]
    [InlineData(Stranger, "203.0.113.15", "127.0.0.2")]
    [InlineData(Stranger, "203.0.113.16, 10.1.2.3, 127.0.0.1", "127.0.0.2")]
    public async Task A_session_names_the_address_that_the_nearest_stranger_has(string from, string forwarded, string address)
    {
        var c = await portal.NewCommunityAsync();
        var email = await Visitor.NewAccountAsync(portal, c);
        using var answer = await SignInAsync(from, forwarded, "https", email);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        await using var connection = new NpgsqlConnection(portal.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var select = new NpgsqlCommand("SELECT s.address FROM portal_session s JOIN \"AspNetUsers\" u ON u.id = s.user_id WHERE u.email = $1", connection) { Parameters = { new() { Value = email } } };
        Assert.Equal(address, (string?)await select.ExecuteScalarAsync(Cancel));
        // Whether a cookie goes by TLS alone follows the same word.
        Assert.Equal(from == Proxy && address != Proxy, answer.Headers.GetValues("Set-Cookie").Single(s => s.StartsWith("insights=", StringComparison.Ordinal)).Contains("secure", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Tries_are_counted_by_browser_and_another_name_for_oneself_gives_no_more()
    {
        async Task<HttpStatusCode> TryAsync(string from, string forwarded)
        {
            using var answer = await SignInAsync(from, forwarded, "http", "nobody@example.org", "wrong-password");
            return answer.StatusCode;
        }
        foreach (var (from, forwarded) in new (string, Func<int, string>)[]
        {
            ("127.0.0.3", n => $"203.0.113.{100 + n}"), (Proxy, n => $"203.0.113.{100 + n}, 198.51.100.1"), (Proxy, n => $"2001:db8:0:1::{n + 1}"),
        })
        {
            for (var n = 0; n < ProxiedPortal.SignInsPerMinute; n++) Assert.Equal(HttpStatusCode.OK, await TryAsync(from, forwarded(n)));
            Assert.Equal((from, HttpStatusCode.TooManyRequests), (from, await TryAsync(from, forwarded(50))));
        }
        // Others come by the same proxy.
        Assert.Equal(HttpStatusCode.OK, await TryAsync(Proxy, "198.51.100.2"));
        Assert.Equal(HttpStatusCode.OK, await TryAsync(Proxy, "2001:db8:0:2::1"));
    }

    [Theory]
    [InlineData("10.0.0.0/33", false)]
    [InlineData("127.0.0.1, proxy.example.org", false)]
    [InlineData("", true)]
    [InlineData("127.0.0.1,::1 fd00::/8", true)]
    public void What_is_no_address_ends_the_start_with_its_name(string setting, bool isGood)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Insights:Proxies", setting)]).Build();
        if (isGood) PortalSettings.Check(configuration);
        else Assert.Contains("Insights:Proxies names '" + setting.Split(", ")[^1] + "'", Assert.Throws<StartupException>(() => PortalSettings.Check(configuration)).Message, StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> SignInAsync(string from, string forwarded, string scheme, string email, string password = Visitor.Password)
    {
#pragma warning disable CA2000 // The client owns its handler, the handler its sockets.
        using var http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectCallback = async (context, cancel) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
                await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        }) { BaseAddress = portal.Address };
#pragma warning restore CA2000
        http.DefaultRequestHeaders.Add("X-Forwarded-For", forwarded);
        http.DefaultRequestHeaders.Add("X-Forwarded-Proto", scheme);
        return await WatchedPortal.SignInAsync(http, await WatchedPortal.OpenFormAsync(http), email, password);
    }
}

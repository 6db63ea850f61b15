using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>The built portal as a process of its own, for tests that end it the hard way.</summary>
public sealed class PortalProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process process;
    private readonly StringBuilder said = new();

    private PortalProcess(string connectionString, int port)
    {
        Address = new Uri($"http://127.0.0.1:{port}/");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])
        [
            typeof(PortalHost).Assembly.Location, "--ConnectionStrings:Insights=" + connectionString, $"--urls=http://127.0.0.1:{port}",
            "--Insights:Bootstrap:ApiKey=" + RunningPortal.Key, "--Insights:Demo=false", "--Logging:LogLevel:Default=Warning",
        ])
        {
            start.ArgumentList.Add(argument);
        }
        process = Process.Start(start)!;
        process.OutputDataReceived += Hear;
        process.ErrorDataReceived += Hear;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Client = new HttpClient { BaseAddress = Address, Timeout = Patience };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RunningPortal.Key);
    }

    /// <summary>Where it listens, with a slash at the end.</summary>
    public Uri Address { get; }

    /// <summary>A client with the first key.</summary>
    public HttpClient Client { get; }

    /// <summary>Starts a portal and waits until it is ready.</summary>
    public static async Task<PortalProcess> StartAsync(string connectionString)
    {
        var portal = new PortalProcess(connectionString, FreePort());
        try
        {
            await portal.BecomeReadyAsync();
            return portal;
        }
        catch
        {
            portal.Dispose();
            throw;
        }
    }

    /// <summary>Ends it at once, as kill -9 does, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }
        process.Dispose();
    }

    private async Task BecomeReadyAsync()
    {
        var started = Stopwatch.StartNew();
        while (true)
        {
            if (process.HasExited || started.Elapsed > Patience) throw new InvalidOperationException($"The portal at {Address} did not become ready: {said}");
            try
            {
                using var response = await Client.GetAsync("health/ready");
                if (response.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // not listening yet
            }
            await Task.Delay(50);
        }
    }

    private void Hear(object sender, DataReceivedEventArgs line)
    {
        lock (said) said.AppendLine(line.Data);
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}

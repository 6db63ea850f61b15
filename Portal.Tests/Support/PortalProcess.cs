using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>The built portal as a process of its own, for tests that end it the hard way.</summary>
public sealed class PortalProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly Process process;
    private readonly StringBuilder said = new();

    private PortalProcess(string connectionString, int port, string[] arguments)
    {
        Address = new Uri($"http://127.0.0.1:{port}/");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])
        [
            typeof(PortalHost).Assembly.Location, "--ConnectionStrings:Insights=" + connectionString, $"--urls=http://127.0.0.1:{port}",
            "--Insights:Bootstrap:ApiKey=" + RunningPortal.Key, "--Insights:Demo=false", "--Logging:LogLevel:Default=Warning", .. arguments,
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

    /// <summary>Its number with the system.</summary>
    public int Id => process.Id;

    /// <summary>A client with the first key.</summary>
    public HttpClient Client { get; }

    /// <summary>Its memory that is in use now, in bytes.</summary>
    public long Memory
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    /// <summary>What it wrote so far, line by line.</summary>
    public string[] Said
    {
        get
        {
            lock (said) return said.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
    }

    /// <summary>Starts a portal and waits until it is ready.</summary>
    /// <param name="connectionString">Its database; empty for an embedded one.</param>
    /// <param name="arguments">More settings, such as <c>--Insights:DataDirectory=...</c>.</param>
    public static async Task<PortalProcess> StartAsync(string connectionString, params string[] arguments)
    {
        var portal = new PortalProcess(connectionString, Ports.Next(), arguments);
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

    /// <summary>Tells it to stop, as a supervisor does; answers its exit code when it is gone.</summary>
    public async Task<int> StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode;
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
            if (process.HasExited || started.Elapsed > Patience)
            {
                // What it said last is heard when its output is at its end.
                if (process.HasExited) await process.WaitForExitAsync().WaitAsync(Patience);
                throw new InvalidOperationException($"The portal at {Address} did not become ready: {string.Join('\n', Said)}");
            }
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
}

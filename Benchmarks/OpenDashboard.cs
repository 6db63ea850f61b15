using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>A page whose circuit stands, as a browser holds it, without the browser: it reads the page, starts the circuit and confirms what is drawn.</summary>
internal sealed partial class OpenDashboard : IAsyncDisposable
{
    private const int ObjectReference = 1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly HubConnection _connection;
    private readonly TaskCompletionSource _drawn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _batches;

    private OpenDashboard(HubConnection connection) => _connection = connection;

    /// <summary>Whether the portal still holds it.</summary>
    public bool IsOpen => Fault is null && _connection.State == HubConnectionState.Connected;

    /// <summary>Why it was dropped; null where it was not.</summary>
    public string? Fault { get; private set; }

    /// <summary>How often the portal has drawn it.</summary>
    public int Batches => _batches;

    /// <summary>Opens a page of who is signed in, and waits until its circuit has drawn it.</summary>
    public static async Task<OpenDashboard> OpenAsync(HttpClient http, CookieContainer cookies, string path, CancellationToken cancel)
    {
        var html = await http.GetStringAsync(path, cancel);
        var roots = Root().Matches(html).Select(m => JsonDocument.Parse(m.Groups[1].Value).RootElement).Where(m => m.GetProperty("type").GetString() == "server" && m.TryGetProperty("descriptor", out _)).ToList();
        WrongAnswerException.Unless(roots.Count > 0, $"{path} is no page with a circuit.");
        var address = http.BaseAddress!;
        var builder = new HubConnectionBuilder().WithUrl(new Uri(address, "_blazor"), options =>
        {
            options.Cookies = cookies;
            options.Proxy = null;
        });
        builder.Services.AddSingleton<IHubProtocol, BlazorPack>();
        var dashboard = new OpenDashboard(builder.Build());
        await dashboard.StartAsync(address, new Uri(address, path), roots, State().Match(html).Groups[1].Value, cancel);
        return dashboard;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task StartAsync(Uri address, Uri page, List<JsonElement> roots, string state, CancellationToken cancel)
    {
        _connection.On<int, byte[]>("JS.RenderBatch", async (batch, _) =>
        {
            await _connection.SendAsync("OnRenderCompleted", batch, null, CancellationToken.None);
            Interlocked.Increment(ref _batches);
            _drawn.TrySetResult();
        });
        // A script's answer: nothing, or an object that stands for a module.
        _connection.On<long, string, string, int, long, int>("JS.BeginInvokeJS", (call, _, _, result, _, _) =>
            _connection.SendAsync("EndInvokeJSFromDotNet", call, true, $"[{call},true,{(result == ObjectReference ? """{"__jsObjectId":1}""" : "null")}]"));
        _connection.On<string>("JS.Error", fault =>
        {
            Fault = fault;
            _drawn.TrySetException(new WrongAnswerException($"{page.AbsolutePath}: {fault}"));
        });
        await _connection.StartAsync(cancel);
        await _connection.InvokeAsync<string>("StartCircuit", address.AbsoluteUri, page.AbsoluteUri, "[]", "", cancel);
        var operations = roots.Select((marker, i) => new { type = "add", ssrComponentId = i + 1, marker });
        await _connection.SendAsync("UpdateRootComponents", JsonSerializer.Serialize(new { batchId = 1, operations }), state, cancel);
        await _drawn.Task.WaitAsync(Patience, cancel);
    }

    [GeneratedRegex("<!--Blazor:({.*?})-->", RegexOptions.Singleline)]
    private static partial Regex Root();

    [GeneratedRegex("<!--Blazor-Server-Component-State:(.*?)-->", RegexOptions.Singleline)]
    private static partial Regex State();

    // What circuits speak is MessagePack under another name.
    private sealed class BlazorPack : IHubProtocol
    {
        private readonly MessagePackHubProtocol _messages = new();

        public string Name => "blazorpack";
        public int Version => _messages.Version;
        public TransferFormat TransferFormat => _messages.TransferFormat;
        public bool IsVersionSupported(int version) => _messages.IsVersionSupported(version);
        public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => _messages.GetMessageBytes(message);
        public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => _messages.WriteMessage(message, output);

        public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message) =>
            _messages.TryParseMessage(ref input, binder, out message);
    }
}

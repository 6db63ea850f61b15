using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using NodaTime;

namespace OpenMeet.Insights.Portal.Layout;

/// <summary>Where a page that loads its figures stands.</summary>
public enum PageLoad
{
    /// <summary>On the way.</summary>
    Loading,

    /// <summary>There.</summary>
    Loaded,

    /// <summary>The viewer may not see them, or they do not exist.</summary>
    Denied,

    /// <summary>They could not be read; older ones of the same address stay.</summary>
    Failed,
}

/// <summary>
/// A page that shows one model, read for the address that it stands at. The model of the prerender is kept for the circuit that
/// follows, so that nothing is read twice and nothing flickers.
/// </summary>
/// <typeparam name="T">All that the page shows.</typeparam>
public abstract class LoadingPage<T> : ComponentBase, IDisposable where T : class
{
    private CancellationTokenSource? _loading;
    private string? _loadedFor;
    private string? _modelOf;

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [Inject]
    public required PrerenderedModels Prerendered { get; init; }

    [Inject]
    public required IServiceProvider Services { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    /// <summary>Under which key the prerender kept its model.</summary>
    [PersistentState]
    public string? ModelKey { get; set; }

    /// <summary>Whether the prerender found that the viewer may not see it: its circuit then says so from the start.</summary>
    [PersistentState]
    public bool IsRefused { get; set; }

    /// <summary>What to say instead of the general words where it may not be seen, such as who decides.</summary>
    [PersistentState]
    public string? Who { get; set; }

    /// <summary>What is shown; null until it is there.</summary>
    protected T? Model { get; private set; }

    /// <summary>Where the page stands.</summary>
    protected PageLoad Load { get; private set; }

    /// <summary>Today in UTC, for what is shown before the model says its own day.</summary>
    protected DateOnly ClockToday => DateOnly.FromDateTime(Clock.GetUtcNow().UtcDateTime);

    /// <summary>Reads the model; null where the viewer may not see it.</summary>
    protected abstract Task<T?> ReadAsync(CancellationToken cancel);

    /// <summary>Forgets what was said on a page that was left for another of its kind, such as the same page of another group: both are this one component.</summary>
    protected virtual void Forget()
    {
    }

    protected override async Task OnParametersSetAsync()
    {
        var (left, here) = (_loadedFor, Navigation.Uri.Split('#')[0]);
        if (left == here) return;
        _loadedFor = here;
        if (left is not null) Who = null;
        if (left is not null && left.Split('?')[0] != here.Split('?')[0])
        {
            // Without a model nothing of the page is drawn, so that its forms and lists begin anew.
            Model = null;
            Forget();
        }
        if (Model is null && ModelKey is { } key && Prerendered.Take(key) is T kept)
        {
            (Model, Load, _modelOf) = (kept, PageLoad.Loaded, here);
            return;
        }
        if (IsRefused && RendererInfo.IsInteractive)
        {
            (IsRefused, Load) = (false, PageLoad.Denied);
            return;
        }
        await ReloadAsync();
    }

    /// <summary>Reads again, after a change. A newer reading cancels the older one.</summary>
    protected async Task ReloadAsync()
    {
        _loading?.Cancel();
        using var mine = _loading = new CancellationTokenSource();
        var (token, here) = (mine.Token, _loadedFor);
        if (Model is null) Load = PageLoad.Loading;
        Services.GetService<FailedLoad>()?.Clear();
        try
        {
            var read = await ReadAsync(token);
            token.ThrowIfCancellationRequested();
            (Model, Load, _modelOf) = (read, read is null ? PageLoad.Denied : PageLoad.Loaded, here);
            if (RendererInfo.IsInteractive) return;
            if (read is null) IsRefused = true;
            else ModelKey = Prerendered.Keep(read);
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            // A newer reading is on its way, or the page is gone.
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or Infrastructure.Metering.StillCountingException || Infrastructure.Database.PostgresErrors.IsUnavailable(e))
        {
            Fail(here);
        }
        catch (Infrastructure.Metering.NoLongerKeptException e)
        {
            Services.GetService<FailedLoad>()?.NoLongerKept(e.From);
            Fail(here);
        }
        finally
        {
            if (_loading == mine) _loading = null;
        }
    }

    public void Dispose()
    {
        _loading?.Cancel();
        GC.SuppressFinalize(this);
    }

    // Figures of another period are not shown under this one's name.
    private void Fail(string? here)
    {
        if (_modelOf != here) Model = null;
        Load = PageLoad.Failed;
    }
}

/// <summary>Why the page of a circuit could not be loaded, where there is more to say than that.</summary>
public sealed class FailedLoad
{
    /// <summary>From when on the events are kept that it asked for; null for any other reason.</summary>
    public Instant? KeptFrom { get; private set; }

    public void Clear() => KeptFrom = null;

    public void NoLongerKept(Instant from) => KeptFrom = from;
}

/// <summary>Models between a prerender and its circuit: for half a minute, under keys that cannot be guessed.</summary>
public sealed class PrerenderedModels(TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private const int Most = 500;
    private readonly ConcurrentDictionary<string, (object Model, DateTimeOffset Until)> _kept = new();

    /// <summary>Keeps a model and answers its key.</summary>
    public string Keep(object model)
    {
        var now = time.GetUtcNow();
        foreach (var (old, kept) in _kept)
        {
            if (kept.Until < now || _kept.Count > Most) _kept.TryRemove(old, out _);
        }
        var key = RandomNumberGenerator.GetHexString(32);
        _kept[key] = (model, now + Patience);
        return key;
    }

    /// <summary>Gives a model out, once; null where it is gone.</summary>
    public object? Take(string key) => _kept.TryRemove(key, out var kept) && kept.Until >= time.GetUtcNow() ? kept.Model : null;
}

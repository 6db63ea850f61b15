namespace OpenMeet.Insights.Portal.Alerts;

/// <summary>Tells the bell of this circuit that something in the inbox was read.</summary>
public sealed class InboxSignal
{
    /// <summary>Something changed.</summary>
    public event Func<Task>? Changed;

    /// <summary>Says so.</summary>
    public Task RaiseAsync() => Changed?.Invoke() ?? Task.CompletedTask;
}

namespace OpenMeet.Insights.Infrastructure.Quotas;

/// <summary>
/// Answers those together who ask for the same thing at the same time: one of them works for all that wait, then the next. A thousand askers cost
/// a few turns, and nobody waits for more than the running turn and the next.
/// </summary>
/// <typeparam name="TKey">What is the same.</typeparam>
/// <typeparam name="TAsk">What each of them asks.</typeparam>
/// <typeparam name="TAnswer">What each of them is answered.</typeparam>
internal sealed class AskersTogether<TKey, TAsk, TAnswer>
    where TKey : notnull
    where TAnswer : class
{
    private readonly Dictionary<TKey, List<Asker>> _waiting = [];

    private sealed record Asker(TAsk Ask, TaskCompletionSource<TAnswer?> Answer);

    /// <summary>Asks; <paramref name="work"/> answers a list of askers in its order. It is done for others too, so no single asker can cancel it.</summary>
    public async Task<TAnswer> AskAsync(TKey key, TAsk ask, Func<IReadOnlyList<TAsk>, Task<IReadOnlyList<TAnswer>>> work)
    {
        var own = new Asker(ask, new TaskCompletionSource<TAnswer?>(TaskCreationOptions.RunContinuationsAsynchronously));
        // An answer, or none: then it is this asker's turn to work.
        if (!IsFirst(key, own) && await own.Answer.Task is { } answered) return answered;
        var all = Take(key, own);
        try
        {
            var answers = await work([.. all.Select(a => a.Ask)]);
            for (var i = 1; i < all.Count; i++) all[i].Answer.SetResult(answers[i]);
            return answers[0];
        }
        catch (Exception e)
        {
            foreach (var other in all.Skip(1)) other.Answer.SetException(e);
            throw;
        }
        finally
        {
            PassOn(key);
        }
    }

    private bool IsFirst(TKey key, Asker own)
    {
        lock (_waiting)
        {
            if (_waiting.TryAdd(key, [])) return true;
            _waiting[key].Add(own);
            return false;
        }
    }

    private List<Asker> Take(TKey key, Asker own)
    {
        lock (_waiting)
        {
            List<Asker> all = [own, .. _waiting[key]];
            _waiting[key].Clear();
            return all;
        }
    }

    private void PassOn(TKey key)
    {
        Asker? next;
        lock (_waiting)
        {
            next = _waiting[key].FirstOrDefault();
            if (next is null) _waiting.Remove(key);
            else _waiting[key].RemoveAt(0);
        }
        next?.Answer.SetResult(null);
    }
}

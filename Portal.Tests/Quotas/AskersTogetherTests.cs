using OpenMeet.Insights.Infrastructure.Quotas;

namespace OpenMeet.Insights.Tests.Quotas;

public sealed class AskersTogetherTests
{
    private readonly AskersTogether<string, int, string> askers = new();

    [Fact]
    public async Task Who_asks_while_one_works_is_answered_in_the_next_turn_each_with_their_own_answer()
    {
        var turns = new List<int>();
        var gate = new TaskCompletionSource();
        async Task<IReadOnlyList<string>> WorkAsync(IReadOnlyList<int> asks)
        {
            turns.Add(asks.Count);
            await gate.Task;
            return [.. asks.Select(a => "answer " + a)];
        }
        var asked = Enumerable.Range(0, 100).Select(i => askers.AskAsync("k", i, WorkAsync)).ToList();
        gate.SetResult();

        Assert.Equal(Enumerable.Range(0, 100).Select(i => "answer " + i), await Task.WhenAll(asked));
        Assert.Equal([1, 99], turns);
    }

    [Fact]
    public async Task Others_do_not_wait_for_those_who_ask_for_something_else()
    {
        var never = new TaskCompletionSource<IReadOnlyList<string>>();
        var stuck = askers.AskAsync("k", 1, _ => never.Task);

        Assert.Equal("free", await askers.AskAsync("other", 2, _ => Task.FromResult<IReadOnlyList<string>>(["free"])));
        never.SetResult(["at last"]);
        Assert.Equal("at last", await stuck);
    }

    [Fact]
    public async Task A_turn_that_fails_fails_for_those_in_it_and_the_next_goes_on()
    {
        var gate = new TaskCompletionSource();
        var turn = 0;
        async Task<IReadOnlyList<string>> WorkAsync(IReadOnlyList<int> asks)
        {
            await gate.Task;
            return ++turn == 2 ? throw new InvalidOperationException("no luck") : [.. asks.Select(a => "answer " + a)];
        }
        var asked = Enumerable.Range(0, 3).Select(i => askers.AskAsync("k", i, WorkAsync)).ToList();
        gate.SetResult();

        Assert.Equal("answer 0", await asked[0]);
        await Assert.ThrowsAsync<InvalidOperationException>(() => asked[1]);
        await Assert.ThrowsAsync<InvalidOperationException>(() => asked[2]);
        Assert.Equal("answer 3", await askers.AskAsync("k", 3, WorkAsync));
    }
}

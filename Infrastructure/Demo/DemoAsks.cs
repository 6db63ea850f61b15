using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Upgrades;

namespace OpenMeet.Insights.Infrastructure.Demo;

/// <summary>
/// The demo's decisions: the nights that passed, as far as they can be told from the year, today's, and what two owners answered.
/// </summary>
internal sealed class DemoAsks(UpgradeDecisions decisions, UpgradeRules rules, AskFollowUp followUp)
{
    private static readonly int[] Nights = [75, 60, 45, 30, 21, 14, 10, 7, 5, 3, 2, 1];

    // Accounts do not depend on each other; what one of them waits for, another uses.
    private static readonly int AtOnce = 2 * Environment.ProcessorCount;

    /// <summary>Decides about every account of the demo, and answers where the demo has answers.</summary>
    public async Task RunAsync(Tenant tenant, DemoCommunity community, Instant now, CancellationToken cancel)
    {
        foreach (var ago in Nights)
        {
            await EachAsync(
                community.Assignments.Where(a => a.Kind == "group").Select(a => "group:" + a.Key).Distinct(),
                group => decisions.DecideAsync(tenant, group, now - Duration.FromDays(ago), isPast: true, cancel), cancel);
            // What is answered on a day holds in the nights after it.
            if (ago == 5) await AnswerAsync(tenant, community, DemoCharacter.Snoozed, new NewResponse("snooze", now + Duration.FromDays(26), Text: "For 30 days"), now - Duration.FromDays(4), cancel);
        }
        await AnswerAsync(tenant, community, DemoCharacter.Disputed, new NewResponse("dispute", Reason: "notRelevant", Text: "We move our recordings to a server of our own by the end of the year."), now - Duration.FromHours(20), cancel);
        var admin = new Actor("admin@demo.example", now);
        if (await rules.ShadowAsync(tenant.Id, cancel) is null)
        {
            var terms = (await rules.AppliedAsync(tenant.Id, cancel)).Terms;
            var draft = await rules.DraftAsync(tenant.Id, terms with { NearDays = 30, SavingNeeded = 1 }, "Asks later, and not for less than a dollar", admin, cancel);
            await rules.MoveAsync(tenant, draft.Version, "shadow", "To see whom it would ask", admin, cancel);
            await rules.ReplayAsync(tenant, 1, admin, cancel);
        }
        await EachAsync(community.Assignments.Select(a => $"{a.Kind}:{a.Key}").Distinct(), account => decisions.DecideAsync(tenant, account, cancel), cancel);
        await followUp.RunAsync(tenant, now, int.MaxValue, cancel);
    }

    private static Task EachAsync(IEnumerable<string> accounts, Func<string, Task> decide, CancellationToken cancel) =>
        Parallel.ForEachAsync(accounts, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, async (account, _) => await decide(account));

    private async Task AnswerAsync(Tenant tenant, DemoCommunity community, string group, NewResponse answer, Instant at, CancellationToken cancel)
    {
        if ((await decisions.ListAsync(tenant.Id, "group:" + group, 100, cancel)).FirstOrDefault(d => d.AskId is not null && d.Responses.Count == 0 && d.Record.ComputedAt <= at) is not { } asked) return;
        var owner = community.Users.First(u => u.Key == community.Groups.First(g => g.Key == group).OwnerKey);
        await decisions.RespondAsync(tenant, asked.Record.Id, answer, new Actor(owner.Email, at), cancel);
    }
}

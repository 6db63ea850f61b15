using NodaTime;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Domain.Controls;

/// <summary>What a member uploaded to a group in a span that runs now, and what is set aside for it, in bytes.</summary>
/// <param name="Used">Uploaded.</param>
/// <param name="Reserved">Set aside by live reservations.</param>
/// <param name="ResetsAt">When it starts again from nothing; none for a single file.</param>
public sealed record SpanUse(decimal Used, decimal Reserved, Instant? ResetsAt);

/// <summary>What a cap or a right of a group answers.</summary>
/// <param name="Answer">Allowed or not, with the figures and the reason, which names the cap or the right.</param>
/// <param name="ResetsAt">When the span starts again.</param>
/// <param name="Chain">Where the cap comes from.</param>
public sealed record MemberAnswer(QuotaAnswer Answer, Instant? ResetsAt, IReadOnlyList<LimitLink> Chain);

/// <summary>Where a member stands against a group's policy.</summary>
/// <param name="Policy">The policy in force.</param>
/// <param name="User">The member.</param>
/// <param name="Role">The member's role now; none for who is no member.</param>
/// <param name="Day">Of today.</param>
/// <param name="Month">Of this month.</param>
public sealed record MemberStanding(GroupPolicy Policy, string User, string? Role, SpanUse Day, SpanUse Month)
{
    /// <summary>Asks the policy for an amount of a meter; none where it says nothing about it. The tightest cap answers.</summary>
    /// <param name="meter">The meter that is asked for.</param>
    /// <param name="unit">Its unit: only bytes are capped.</param>
    /// <param name="amount">How much, in its unit.</param>
    /// <param name="more">What was granted in the same turn.</param>
    public MemberAnswer? Ask(string meter, string unit, decimal amount, decimal more = 0)
    {
        if (MemberRights.ActOf(meter) is not { } act) return null;
        if (!Policy.Rights.Allows(act, Role)) return Refused(act);
        if (act != MemberAct.Upload || unit != QuantityText.Bytes) return null;
        var cap = Policy.CapOf(User, Role);
        MemberAnswer? tightest = null;
        foreach (var span in MemberCap.Spans)
        {
            if (cap.Cap.Of(span) is not { } limit) continue;
            var use = span switch
            {
                CapSpan.File => new SpanUse(0, 0, null),
                CapSpan.Day => Day with { Reserved = Day.Reserved + more },
                _ => Month with { Reserved = Month.Reserved + more },
            };
            var chain = cap.LimitsOf(span);
            var answer = QuotaAnswer.Ask(new EffectiveLimit(limit, LimitKind.Hard, chain), use.Used, use.Reserved, amount, null, unit);
            var named = new MemberAnswer(answer with { Reason = Naming(answer.Reason, $"member cap {Word(span)} ({cap.Link.Description})") }, use.ResetsAt, chain);
            if (tightest is null || ReferenceEquals(QuotaAnswer.Both(tightest.Answer, named.Answer), named.Answer)) tightest = named;
        }
        return tightest;
    }

    private MemberAnswer Refused(MemberAct act)
    {
        var (least, what) = (Policy.Rights.LeastFor(act)!, act == MemberAct.Upload ? "upload" : "create events");
        var who = Role is null ? $"{User} is no member" : $"{User} is {(Role is "admin" or "owner" ? "an" : "a")} {Role}";
        return new MemberAnswer(
            new QuotaAnswer(false, QuotaState.Blocked, 0, 0, 0, 0, $"Denied: member right (rule of the group): the least role that may {what} here is {least}; {who}."),
            null, [new LimitLink("memberRight", $"the least role that may {what} is {least}", 0, LimitKind.Hard, true)]);
    }

    private static string Word(CapSpan span) => span switch
    {
        CapSpan.File => "for one file",
        CapSpan.Day => "for a day",
        _ => "for a month",
    };

    // "Denied: 80 MB of 100 MB used; ..." becomes "Denied: member cap for a day (default of the group): 80 MB of 100 MB used; ...".
    private static string Naming(string reason, string name) => reason.IndexOf(": ", StringComparison.Ordinal) is var at && at > 0 ? $"{reason[..at]}: {name}{reason[at..]}" : reason;
}

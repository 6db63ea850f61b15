using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Upgrades;

/// <summary>Says to other pages whether something is asked, to who decides and to nobody else; and notes that it was shown.</summary>
public sealed class AskHint(PageAccess access, UpgradeDecisions decisions, DecisionFunnel funnel, TimeProvider time)
{
    /// <summary>Whether the viewer is asked something about an account: never while a reply stands, never for who cannot decide.</summary>
    public async Task<bool> IsAskedAsync(Tenant tenant, string account, CancellationToken cancel)
    {
        if (await access.ViewerAsync(cancel) is not { } viewer || viewer.Tenant.Id != tenant.Id) return false;
        var decides = account.StartsWith("group:", StringComparison.Ordinal) ? await access.DecidesAsync(viewer, account[6..], cancel) : account == "user:" + viewer.UserKey;
        if (!decides || await decisions.AskedAsync(tenant.Id, account, cancel) is not { } ask) return false;
        await funnel.ReachAsync(tenant.Id, ask, AskStage.Shown, NodaTime.Instant.FromDateTimeOffset(time.GetUtcNow()), cancel);
        return true;
    }

    /// <summary>The words of the link to why.</summary>
    public static string Words(bool asked) => asked ? Languages.Words.Say("We ask about another plan: see why") : Languages.Words.Say("No other plan is suggested: see why");
}

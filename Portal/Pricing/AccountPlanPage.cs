using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Upgrades;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>An account's plan beside the others that are offered.</summary>
/// <param name="Usage">The account with its limits.</param>
/// <param name="Offered">Plans that one can take now.</param>
/// <param name="Meters">The meters that plans name.</param>
/// <param name="Currency">Of all prices.</param>
/// <param name="Why">Where the decision about the account stands.</param>
public sealed record AccountPlanModel(AccountUsage Usage, IReadOnlyList<Plan> Offered, MeterSet Meters, string Currency, string Why)
{
    /// <summary>The page of this plan, with a plan to look at and when it would begin.</summary>
    public Func<string?, string?, string> Address { get; init; } = (_, _) => "";

    /// <summary>The name of who pays, for people; null where it is the account itself.</summary>
    public string? Payer { get; init; }

    /// <summary>Who decides, where it is not the viewer.</summary>
    public string? Decides { get; init; }

    /// <summary>Whether the viewer is asked about another plan.</summary>
    public bool Asked { get; init; }

    /// <summary>What the plan that is looked at would do; null where none is.</summary>
    public PlanEffect? Effect { get; init; }

    /// <summary>Why there is no effect to show, where a plan was named.</summary>
    public string? NoEffect { get; init; }

    /// <summary>Whether the change would begin now.</summary>
    public bool Now { get; init; }

    /// <summary>A change that can still be taken back, with the end of its time.</summary>
    public (PlanAssignment Change, Instant Until)? Undo { get; init; }

    /// <summary>A plan that begins later; null where none does.</summary>
    public PlanAssignment? Coming { get; init; }

    /// <summary>The billing zone.</summary>
    public DateTimeZone Zone { get; init; } = DateTimeZone.Utc;
}

/// <summary>What the plan pages of members and groups share: looking at plans, taking one, and taking that back.</summary>
public abstract class AccountPlanPage : LoadingPage<AccountPlanModel>
{
    private bool _busy;

    [SupplyParameterFromQuery]
    public string? Choose { get; set; }

    [SupplyParameterFromQuery]
    public string? When { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required UsageReports Reports { get; init; }

    [Inject]
    public required PlanStore Plans { get; init; }

    [Inject]
    public required PlanEffects Effects { get; init; }

    [Inject]
    public required PlanWithdrawal Withdrawal { get; init; }

    [Inject]
    public required UpgradeDecisions Decisions { get; init; }

    [Inject]
    public required DecisionFunnel Funnel { get; init; }

    [Inject]
    public required AskHint Hint { get; init; }

    [Inject]
    public required MeterCatalog Catalog { get; init; }

    [Inject]
    public required DirectoryReports Directory { get; init; }

    /// <summary>What was done, in a sentence.</summary>
    protected string? Done { get; private set; }

    /// <summary>Why nothing was done.</summary>
    protected string? Fault { get; private set; }

    /// <summary>Who looks, and who decides where that is somebody else; null where it may not be seen.</summary>
    protected abstract Task<(Viewer Viewer, string Account, string? Decides)?> AccountAsync(CancellationToken cancel);

    /// <summary>Where the decision about the account stands.</summary>
    protected abstract string WhyHref { get; }

    /// <summary>The page with a plan to look at.</summary>
    protected abstract string Address(string? choose, string? when);

    protected override async Task<AccountPlanModel?> ReadAsync(CancellationToken cancel)
    {
        if (await AccountAsync(cancel) is not var (viewer, account, decides)) return null;
        var tenant = viewer.Tenant;
        var now = Instant.FromDateTimeOffset(Clock.GetUtcNow());
        var range = BillingPeriod.Containing(now, tenant.Zone).Range;
        var key = account[(account.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var usage = account.StartsWith("user:", StringComparison.Ordinal)
            ? await Reports.UserAsync(tenant, key, range, cancel)
            : await Reports.GroupAsync(tenant, key, range, byMember: false, cancel);
        if (usage is null) return null;
        var offered = (await Plans.ListAsync(tenant.Id, cancel)).Where(p => p.Status == "published" && p.EffectiveFrom <= now)
            .GroupBy(p => p.Plan.Key).Select(g => g.MaxBy(p => p.Plan.Version)!.Plan).OrderBy(p => p.Fee).ThenBy(p => p.Key, StringComparer.Ordinal).ToList();
        var isNow = When == "now";
        var effect = Choose is null ? null : await Effects.OfAsync(tenant, account, Choose, isNow, cancel);
        var (_, taken) = await Plans.TakenAsync(tenant, account, now, cancel);
        return new AccountPlanModel(usage, offered, await Catalog.GetAsync(tenant.Id, cancel), tenant.CurrencyAt(now), WhyHref)
        {
            Address = Address,
            Payer = usage.PaidBy is { } payer ? await Directory.AccountNameAsync(tenant.Id, payer, cancel) : null,
            Decides = decides,
            Asked = usage.PaidBy is null && await Hint.IsAskedAsync(tenant, account, cancel),
            Effect = effect,
            NoEffect = Choose is not null && effect is null ? Words.Say("There is nothing to change: the plan “{0}” is yours already, or is not offered.", Choose) : null,
            Now = isNow,
            Undo = decides is null ? await Withdrawal.OpenAsync(tenant.Id, account, now, cancel) : null,
            Coming = taken.FirstOrDefault(a => a.From > now),
            Zone = tenant.Zone,
        };
    }

    protected override void Forget() => (Done, Fault) = (null, null);

    /// <summary>Takes the plan that was looked at, under the right that holds now.</summary>
    protected Task TakeAsync(PlanEffect effect) => ChangeAsync(async (viewer, account) =>
    {
        var actor = viewer.Actor(Clock);
        var from = Model!.Now ? actor.At : BillingPeriod.Containing(actor.At, viewer.Tenant.Zone).Range.To;
        var ask = await Decisions.AskedAsync(viewer.Tenant.Id, account, default);
        if (await Plans.AssignAsync(viewer.Tenant, account, effect.After.Key, effect.After.Version, from, actor, "Chosen by who decides", default) is null)
            return Words.Say("{0} is not offered any more. Nothing was changed.", effect.After.Name);
        await Funnel.ReachAsync(viewer.Tenant.Id, ask, AskStage.Changed, actor.At, default);
        Done = Model.Now ? Words.Say("{0} begins now.", effect.After.Name) : Words.Say("{0} begins on {1}.", effect.After.Name, Shared.Formats.Date(from.InZone(viewer.Tenant.Zone).Date));
        Navigation.NavigateTo(Address(null, null));
        return null;
    });

    /// <summary>Takes a change back.</summary>
    protected Task UndoAsync(long change) => ChangeAsync(async (viewer, account) =>
    {
        if (await Withdrawal.WithdrawAsync(viewer.Tenant.Id, account, change, viewer.Actor(Clock), default) is { } refused) return Words.Named(refused);
        Done = Words.Say("Taken back: everything is as it was before the change.");
        return null;
    });

    private async Task ChangeAsync(Func<Viewer, string, Task<string?>> change)
    {
        if (_busy) return;
        (Done, Fault, _busy) = (null, null, true);
        try
        {
            if (await AccountAsync(default) is not (var viewer, var account, null)) Fault = Words.Say("You cannot change this plan. Nothing was changed.");
            else Fault = await change(viewer, account);
            if (Fault is null) await ReloadAsync();
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or Microsoft.EntityFrameworkCore.DbUpdateException || PostgresErrors.IsUnavailable(e))
        {
            Fault = Words.Say("It could not be stored. Nothing was changed; please try again.");
        }
        finally
        {
            _busy = false;
        }
    }
}

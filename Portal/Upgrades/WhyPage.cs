using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Upgrades;

/// <summary>Why an account is asked, or not asked, to take another plan: of a person or of a group.</summary>
public abstract class WhyPage : LoadingPage<WhyModel>
{
    private const int MostEarlier = 31;
    private bool _busy;

    [SupplyParameterFromQuery]
    public string? Decision { get; set; }

    [SupplyParameterFromQuery]
    public string? Level { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required UpgradeDecisions Decisions { get; init; }

    [Inject]
    public required AskReports Asks { get; init; }

    [Inject]
    public required DecisionFunnel Funnel { get; init; }

    [Inject]
    public required IJSRuntime Script { get; init; }

    /// <summary>Why an answer was not taken.</summary>
    protected string? Fault { get; private set; }

    /// <summary>Where its links lead.</summary>
    protected abstract WhyLinks Links { get; }

    /// <summary>Who looks and at which account, and who decides where that is somebody else; null where it may not be seen.</summary>
    protected abstract Task<(Viewer Viewer, string Account, string? Decides)?> AccountAsync(CancellationToken cancel);

    protected override async Task<WhyModel?> ReadAsync(CancellationToken cancel)
    {
        if (await AccountAsync(cancel) is not var (viewer, account, decides)) return null;
        var tenant = viewer.Tenant;
        var found = Decision is null ? await Decisions.CurrentAsync(tenant, account, cancel)
            : Guid.TryParse(Decision, out var id) ? await Decisions.FindAsync(tenant.Id, id, cancel)
            : null;
        if (found is null || found.Record.Subject.Account != account)
        {
            if (Decision is not null) Who = Words.Say("This account has no such decision. The newest one stands where this link leads without its ending.");
            return null;
        }
        var level = Level switch { "sentence" => WhyLevel.Sentence, "record" => WhyLevel.Record, _ => WhyLevel.Details };
        if (decides is null) await NoteAsync(viewer, found.AskId, level, cancel);
        var others = await Asks.DecisionsAsync(tenant.Id, account, MostEarlier, cancel);
        return new WhyModel(found.Record, found.Responses, [.. others.Where(d => d.Id != found.Record.Id)])
        {
            AskId = found.AskId,
            Standing = found.Standing,
            Asks = await Asks.AsksAsync(tenant.Id, account, cancel),
            Dispute = await Asks.DisputeAsync(tenant.Id, account, cancel),
            Useful = await Funnel.RatedAsync(tenant.Id, found.Record.Id, cancel),
            MayAnswer = decides is null,
            Decides = decides,
            Level = level,
        };
    }

    protected override void Forget() => Fault = null;

    /// <summary>Stores an answer under the right that holds now, and shows it.</summary>
    protected Task AnswerAsync(DecisionAnswer answer) => ChangeAsync(async (viewer, decision) =>
    {
        if (answer.Response == "dispute" && string.IsNullOrWhiteSpace(answer.Text)) return Words.Say("Say in a sentence what is wrong, so that a person can answer it.");
        var actor = viewer.Actor(Clock);
        var until = answer.Days is { } days ? actor.At + Duration.FromDays(days) : (Instant?)null;
        await Decisions.RespondAsync(viewer.Tenant, decision, new NewResponse(answer.Response, until, answer.Ends, answer.Reason, answer.Text), actor, default);
        return null;
    });

    /// <summary>Takes an answer back.</summary>
    protected Task WithdrawAsync(Guid answered) => ChangeAsync(async (viewer, _) =>
        await Decisions.WithdrawAsync(viewer.Tenant, answered, viewer.Actor(Clock), default) ? null : Words.Say("This answer was taken back already."));

    /// <summary>Keeps what was said to "Useful?".</summary>
    protected Task RateAsync(bool useful) => ChangeAsync(async (viewer, decision) =>
    {
        await Funnel.RateAsync(viewer.Tenant.Id, decision, useful, viewer.Actor(Clock).At, default);
        return null;
    });

    private async Task ChangeAsync(Func<Viewer, Guid, Task<string?>> change)
    {
        if (Model is null || _busy) return;
        (Fault, _busy) = (null, true);
        try
        {
            if (await AccountAsync(default) is not (var viewer, var account, null) || Model.Record.Subject.Account != account)
            {
                Fault = Words.Say("You may not answer for this account. Nothing was stored.");
                return;
            }
            Fault = await change(viewer, Model.Record.Id);
            if (Fault is null) await ReloadAsync();
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or Microsoft.EntityFrameworkCore.DbUpdateException || PostgresErrors.IsUnavailable(e))
        {
            Fault = Words.Say("Your answer could not be stored. Nothing was changed; please try again.");
        }
        finally
        {
            _busy = false;
        }
    }

    private async Task NoteAsync(Viewer viewer, Guid? ask, WhyLevel level, CancellationToken cancel)
    {
        var at = viewer.Actor(Clock).At;
        foreach (var stage in (string[])[AskStage.Shown, AskStage.Opened, .. level == WhyLevel.Record ? [AskStage.EvidenceOpened] : Array.Empty<string>()])
            await Funnel.ReachAsync(viewer.Tenant.Id, ask, stage, at, cancel);
    }

    /// <summary>Prints the page.</summary>
    protected async Task PrintAsync() => await Script.InvokeVoidAsync("print");

    /// <summary>The decision's lasting address.</summary>
    protected string Permalink => Links.At(Model?.Record.Id.ToString(), Model?.Level ?? WhyLevel.Details);
}

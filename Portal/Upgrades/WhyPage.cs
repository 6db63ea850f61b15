using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using NodaTime;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Upgrades;

/// <summary>A decision as its page shows it.</summary>
/// <param name="Record">All that is said.</param>
/// <param name="Responses">What was answered, newest first.</param>
/// <param name="Earlier">Other decisions about the account, newest first.</param>
public sealed record WhyModel(DecisionRecord Record, IReadOnlyList<DecisionResponse> Responses, IReadOnlyList<AnsweredDecision> Earlier);

/// <summary>An answer as somebody gives it.</summary>
/// <param name="Response"><c>snooze</c>, <c>dispute</c>, <c>dismiss</c> or <c>accepted</c>.</param>
/// <param name="Days">Of a snooze: how long; null where it has no date.</param>
/// <param name="Text">What it says.</param>
public sealed record DecisionAnswer(string Response, int? Days = null, string? Text = null);

/// <summary>Why an account is asked, or not asked, to take another plan: of a person or of a group.</summary>
public abstract class WhyPage : LoadingPage<WhyModel>
{
    private const int MostEarlier = 13;

    [SupplyParameterFromQuery]
    public string? Decision { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required UpgradeDecisions Decisions { get; init; }

    [Inject]
    public required IJSRuntime Script { get; init; }

    /// <summary>Why an answer was not taken.</summary>
    protected string? Fault { get; private set; }

    /// <summary>Who looks and at which account; null where that may not be.</summary>
    protected abstract Task<(Viewer Viewer, string Account)?> AccountAsync(CancellationToken cancel);

    /// <summary>The address of a decision of this account.</summary>
    protected abstract string Address(string? decision);

    protected override async Task<WhyModel?> ReadAsync(CancellationToken cancel)
    {
        if (await AccountAsync(cancel) is not var (viewer, account)) return null;
        var found = Decision is null ? await Decisions.CurrentAsync(viewer.Tenant, account, cancel)
            : Guid.TryParse(Decision, out var id) ? await Decisions.FindAsync(viewer.Tenant.Id, id, cancel)
            : null;
        if (found is null || found.Record.Subject.Account != account) return null;
        var all = await Decisions.ListAsync(viewer.Tenant.Id, account, MostEarlier, cancel);
        return new WhyModel(found.Record, found.Responses, [.. all.Where(d => d.Record.Id != found.Record.Id)]);
    }

    /// <summary>Stores an answer under the right that holds now, and shows it.</summary>
    protected async Task AnswerAsync(DecisionAnswer answer)
    {
        if (Model is null) return;
        Fault = null;
        try
        {
            if (await AccountAsync(default) is not var (viewer, account) || Model.Record.Subject.Account != account)
            {
                Fault = "You may not answer for this account any more. Nothing was stored.";
                return;
            }
            var actor = viewer.Actor(Clock);
            var until = answer.Days is { } days ? actor.At + Duration.FromDays(days) : (Instant?)null;
            await Decisions.RespondAsync(viewer.Tenant.Id, Model.Record.Id, answer.Response, until, answer.Text, actor, default);
            await ReloadAsync();
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or Microsoft.EntityFrameworkCore.DbUpdateException)
        {
            Fault = "Your answer could not be stored. Nothing was changed; please try again.";
        }
    }

    /// <summary>Prints the page.</summary>
    protected async Task PrintAsync() => await Script.InvokeVoidAsync("print");

    /// <summary>The decision's lasting address.</summary>
    protected string Permalink => Address(Model?.Record.Id.ToString());
}

using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Upgrades;

/// <summary>Disputes of decisions.</summary>
/// <param name="Disputes">Open ones first, the one to answer next at the top.</param>
/// <param name="Today">Today in the billing zone.</param>
/// <param name="Zone">The billing zone.</param>
public sealed record DisputesModel(IReadOnlyList<DisputeEntry> Disputes, LocalDate Today, DateTimeZone Zone);

/// <summary>An answer to a dispute.</summary>
public sealed record DisputeAnswer(long Dispute, bool Upheld, string Text);

/// <summary>Where a person answers those who say that a decision is wrong.</summary>
public sealed partial class AdminDisputesPage
{
    private const int Most = 200;

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required AskReports Asks { get; init; }

    [Inject]
    public required UpgradeDecisions Decisions { get; init; }

    private string? Done { get; set; }

    private string? Fault { get; set; }

    protected override async Task<DisputesModel?> ReadAsync(CancellationToken cancel) =>
        await Access.AdminAsync(cancel) is { } viewer ? new DisputesModel(await Asks.DisputesAsync(viewer.Tenant.Id, null, Most, cancel), viewer.Today(Clock), viewer.Tenant.Zone) : null;

    private async Task AnswerAsync(DisputeAnswer answer)
    {
        (Done, Fault) = (null, null);
        if (string.IsNullOrWhiteSpace(answer.Text)) Fault = "Write an answer: the account reads it.";
        else if (await Access.AdminAsync(default) is { } viewer)
        {
            var answered = await Decisions.AnswerAsync(viewer.Tenant, answer.Dispute, answer.Upheld, answer.Text.Trim(), viewer.Actor(Clock), default);
            if (answered is null) Fault = "This dispute is closed already.";
            else Done = $"Dispute {answered.Id} of {answered.Account} is answered: {(answer.Upheld ? "upheld" : "not upheld")}.";
        }
        await ReloadAsync();
    }
}

using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>A draft before it is published.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Draft">The draft.</param>
/// <param name="Published">The newest published version; null for a plan's first.</param>
/// <param name="Meters">What its items name.</param>
/// <param name="Impact">Its replay over the chosen cycles.</param>
/// <param name="Revenue">Of all accounts, over 1, 3 and 12 cycles.</param>
/// <param name="Now">Now.</param>
public sealed record PlanReviewModel(Tenant Tenant, Plan Draft, Plan? Published, MeterSet Meters, Impact Impact, IReadOnlyList<ImpactRevenue> Revenue, Instant Now)
{
    /// <summary>The figures that are kept with the publishing.</summary>
    public ImpactSummary Summary { get; } = ImpactSummary.Of(Impact);

    /// <summary>When everybody would move.</summary>
    public Instant NextCycle(Instant effective) => BillingPeriod.Containing(Instant.Max(Now, effective), Tenant.Zone).Range.To;
}

/// <summary>What somebody chose in the form that publishes.</summary>
/// <param name="Day">First day; null for now.</param>
/// <param name="Move">Whether all accounts of the plan move.</param>
/// <param name="Reason">Why.</param>
public sealed record PlanPublishing(DateOnly? Day, bool Move, string? Reason);

/// <summary>A draft's changes and its impact; then publishing.</summary>
public sealed partial class AdminPlanReviewPage
{
    private List<InputFault> _faults = [];

    [Parameter]
    public required string Key { get; set; }

    [SupplyParameterFromQuery]
    public int? Months { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required PlanStore Store { get; init; }

    [Inject]
    public required PlanImpact Impact { get; init; }

    [Inject]
    public required MeterCatalog Catalog { get; init; }

    protected override async Task<PlanReviewModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.AdminAsync(cancel) is not { Tenant: var tenant } viewer) return null;
        var versions = (await Store.ListAsync(tenant.Id, cancel)).Where(p => p.Plan.Key == Key).ToList();
        if (versions is not [{ Status: "draft" } draft, ..]) return null;
        var year = await Impact.ReplayAsync(tenant, draft.Plan, 12, cancel);
        return new PlanReviewModel(
            tenant, draft.Plan, versions.Skip(1).FirstOrDefault()?.Plan, await Catalog.GetAsync(tenant.Id, cancel), year.Last(Months is 1 or 12 ? Months.Value : 3), ImpactSummary.Of(year).Revenue, viewer.Actor(Clock).At);
    }

    protected override void Forget() => _faults = [];

    private async Task PublishAsync(PlanPublishing wanted)
    {
        _faults = [];
        if (Model is not { } model) return;
        try
        {
            if (await Access.AdminAsync(default) is not { } viewer)
            {
                _faults.Add(new InputFault("", "forbidden", "You are no administrator any more. Nothing was published."));
                return;
            }
            var (tenant, actor) = (viewer.Tenant, viewer.Actor(Clock));
            var input = FormInput.Of(_faults, ("effective", FormInput.Text(wanted.Day)), ("reason", wanted.Reason));
            var effective = input.Day("effective", tenant) ?? actor.At;
            var reason = input.Text("reason", required: true, most: 500);
            if ((await Store.ClosedAsync(tenant.Id, default)).Any(p => effective < p.EndsAt)) input.Fault("effective", "closed_period", "That time lies in a month that is closed, or before one.");
            if (model.Draft.Currency.Code != tenant.CurrencyAt(effective)) input.Fault("effective", "other_currency", $"The draft is in {model.Draft.Currency}; then all money of this tenant is in {tenant.CurrencyAt(effective)}.");
            var meters = await Catalog.GetAsync(tenant.Id, default);
            foreach (var item in model.Draft.Items.Where(i => meters.Find(i.Meter)?.Meter.IsPriceable != true)) input.Fault("items", "unknown_meter", $"There is no meter '{item.Meter}' that can be priced.");
            if (_faults.Count > 0) return;
            var moveAt = wanted.Move ? BillingPeriod.Containing(Instant.Max(actor.At, effective), tenant.Zone).Range.To : (Instant?)null;
            if (await Store.PublishAsync(tenant.Id, Key, effective, moveAt, actor, default, new PlanReview(model.Draft, model.Summary, reason!)) is { } published)
                Navigation.NavigateTo(PortalUrls.AdminPlan(Key, published.Plan.Version));
            else _faults.Add(new InputFault("", "changed", "The draft was changed or published since you opened this page. Nothing was published; load it again."));
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or Microsoft.EntityFrameworkCore.DbUpdateException || PostgresErrors.IsUnavailable(e))
        {
            _faults.Add(new InputFault("", "failed", "It could not be published. Nothing was changed; please try again."));
        }
    }
}

using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Glossary;

/// <summary>What every figure means.</summary>
/// <param name="Metrics">Of communities.</param>
/// <param name="Meters">What is counted and billed.</param>
public sealed record GlossaryModel(IReadOnlyList<MetricDefinition> Metrics, IReadOnlyList<StoredMeter> Meters);

/// <summary>What every figure means, for everybody.</summary>
public sealed partial class GlossaryPage
{
    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required MeterCatalog Catalog { get; init; }

    protected override async Task<GlossaryModel?> ReadAsync(CancellationToken cancel) =>
        await Access.ViewerAsync(cancel) is { } viewer ? new GlossaryModel(CommunityMetrics.All, [.. (await Catalog.GetAsync(viewer.Tenant.Id, cancel)).All.OrderBy(m => m.Meter.Name, StringComparer.OrdinalIgnoreCase)]) : null;
}

using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Metering;

/// <summary>All meters in force.</summary>
public sealed record MetersModel(IReadOnlyList<StoredMeter> Meters, long Version);

/// <summary>What is counted, and from which events.</summary>
public sealed partial class AdminMetersPage
{
    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required MeterCatalog Catalog { get; init; }

    protected override async Task<MetersModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.AdminAsync(cancel) is not { } viewer) return null;
        var meters = await Catalog.GetAsync(viewer.Tenant.Id, cancel);
        return new MetersModel(meters.All, meters.Version);
    }
}

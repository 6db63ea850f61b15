using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Metering;

/// <summary>All meters in force.</summary>
/// <param name="TenantId">Whose.</param>
/// <param name="Meters">In order of their making.</param>
/// <param name="Version">The catalogue's version.</param>
/// <param name="Edited">The meter in the form; null for a new one.</param>
public sealed record MetersModel(int TenantId, IReadOnlyList<StoredMeter> Meters, long Version, StoredMeter? Edited);

/// <summary>What is counted, and from which events; made, changed and archived here.</summary>
public sealed partial class AdminMetersPage
{
    private string? _done;

    [SupplyParameterFromQuery]
    public string? Edit { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required MeterCatalog Catalog { get; init; }

    protected override async Task<MetersModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.AdminAsync(cancel) is not { } viewer) return null;
        var meters = await Catalog.GetAsync(viewer.Tenant.Id, cancel);
        return new MetersModel(viewer.Tenant.Id, meters.All, meters.Version, string.IsNullOrEmpty(Edit) ? null : meters.Find(Edit));
    }

    private async Task SavedAsync(string done)
    {
        _done = done;
        if (Edit is null) await ReloadAsync();
        else Navigation.NavigateTo(PortalUrls.AdminMeters());
    }
}

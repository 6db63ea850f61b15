using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Storage;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Storage;

/// <summary>One page of what is odd about stored bytes.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Page">Newest first.</param>
/// <param name="IsFirst">Whether newer ones stand on no page before.</param>
public sealed record AnomaliesModel(Tenant Tenant, AnomalyPage Page, bool IsFirst);

/// <summary>What is odd about stored bytes, with the events that caused it.</summary>
public sealed partial class AdminAnomaliesPage
{
    [SupplyParameterFromQuery]
    public string? After { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required AnomalyReports Reports { get; init; }

    protected override async Task<AnomaliesModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.AdminAsync(cancel) is not { Tenant: var tenant }) return null;
        var after = AnomalyCursors.Parse(After);
        return new AnomaliesModel(tenant, await Reports.ListAsync(tenant.Id, after, ListState.PageSize, cancel), after is null);
    }
}

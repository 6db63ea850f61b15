using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Audit;

/// <summary>One page of the audit log.</summary>
public sealed record AuditModel(Tenant Tenant, IReadOnlyList<AuditEntry> Entries, int Found, ListState List);

/// <summary>Who changed what, when, and why.</summary>
public sealed partial class AdminAuditPage
{
    [SupplyParameterFromQuery]
    public string? Q { get; set; }

    [SupplyParameterFromQuery]
    public string? Page { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required AuditReports Reports { get; init; }

    protected override async Task<AuditModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.AdminAsync(cancel) is not { Tenant: var tenant }) return null;
        var list = ListState.Parse(Q, null, Page);
        var (entries, found) = await Reports.PageAsync(tenant.Id, list.Search, list.Skip, ListState.PageSize, cancel);
        return new AuditModel(tenant, entries, found, list);
    }
}

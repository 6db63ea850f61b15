using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Fleet;

/// <summary>The list of bulk actions.</summary>
public sealed partial class AdminBulksPage : LoadingPage<BulksModel>
{
    [Inject]
    public required BulkAccess Bulk { get; init; }

    protected override Task<BulksModel?> ReadAsync(CancellationToken cancel) => Bulk.ListAsync(cancel);
}

using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Fleet;

/// <summary>One bulk action: its dry run, its progress and what became of each account.</summary>
public sealed partial class AdminBulkPage : LoadingPage<BulkModel>
{
    private string? _fault;
    private bool _busy;

    [Parameter]
    public long Id { get; set; }

    [SupplyParameterFromQuery]
    public string? Show { get; set; }

    [SupplyParameterFromQuery]
    public string? Page { get; set; }

    [Inject]
    public required BulkAccess Bulk { get; init; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required BulkStore Store { get; init; }

    protected override Task<BulkModel?> ReadAsync(CancellationToken cancel) => Bulk.FindAsync(Id, Show, ListState.Parse(null, null, Page), cancel);

    protected override void Forget() => _fault = null;

    private async Task StepAsync(BulkStep step)
    {
        if (_busy) return;
        _busy = true;
        try
        {
            if (await Access.AdminAsync(default) is not { } viewer)
            {
                _fault = "You are no administrator any more. Nothing was changed.";
                return;
            }
            var (tenantId, actor) = (viewer.Tenant.Id, viewer.Actor(Clock));
            _fault = await (step switch
            {
                BulkStep.Start => Store.StartAsync(tenantId, Id, actor, default),
                BulkStep.Approve => Store.ApproveAsync(tenantId, Id, actor, default),
                BulkStep.Stop => Store.StopAsync(tenantId, Id, actor, default),
                BulkStep.Resume => Store.ResumeAsync(tenantId, Id, actor, default),
                BulkStep.Revert => Store.RevertAsync(tenantId, Id, actor, default),
                _ => Store.DiscardAsync(tenantId, Id, actor, default),
            });
        }
        catch (Exception e) when (e is Microsoft.EntityFrameworkCore.DbUpdateException || PostgresErrors.IsUnavailable(e))
        {
            _fault = "It could not be stored. Nothing was changed; please try again.";
        }
        finally
        {
            _busy = false;
        }
        await ReloadAsync();
    }
}

using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Storage;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Storage;

namespace OpenMeet.Insights.Infrastructure.Attribution;

/// <summary>
/// Works out again who carries what, from the stored events, in the transaction that changes the policy: nobody sees it half done.
/// Writers of the tenant wait meanwhile.
/// </summary>
internal static class CarrierRebuild
{
    /// <summary>
    /// Makes the rollups of carriers and the changes of levels anew, as the tenant's policies have it now. A policy begins in the future, so
    /// that rows whose events are no longer kept stay as they are.
    /// </summary>
    public static async Task RunAsync(NpgsqlConnection connection, int tenantId, MeterSet meters, CancellationToken cancel)
    {
        var traffic = meters.Definitions.Where(m => m.KeptFrom is not null).Select(m => m.Id).ToArray();
        foreach (var tier in RollupTier.All)
        {
            await using var delete = new NpgsqlCommand($"DELETE FROM {tier.Table} WHERE tenant_id = $1 AND scope = 3 AND ($2::timestamptz IS NULL OR {tier.Column} >= $2 OR meter_id <> ALL($3))", connection)
            { Parameters = { new() { Value = tenantId }, SqlValue.Time(meters.KeptFrom), new() { Value = traffic } } };
            await delete.ExecuteNonQueryAsync(cancel);
        }
        await ExecuteAsync(connection, "DELETE FROM storage_delta WHERE tenant_id = $1", tenantId, cancel);
        await ExecuteAsync(connection, "DELETE FROM storage_event WHERE tenant_id = $1", tenantId, cancel);
        var fold = new RollupFold(meters.Attribution);
        var changes = new List<StorageEvent>();
        await using (var select = new NpgsqlCommand($"SELECT {EventReports.UsageColumns} FROM ledger WHERE tenant_id = $1 AND voided_at IS NULL", connection) { Parameters = { new() { Value = tenantId } } })
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel))
            {
                var e = EventReports.ReadUsage(rows);
                fold.Add(e, meters);
                if (StorageEvent.From(e) is { } change) changes.Add(change);
            }
        }
        if (meters.Find(DefaultMeters.Storage) is not null) await StorageLedger.ApplyAsync(connection, tenantId, meters, changes, [], fold, cancel);
        fold.KeepOnly(k => k.Scope == RollupScope.Carrier && meters.AreEventsKept(k));
        await fold.WriteAsync(connection, tenantId, meters, cancel);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, int tenantId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = tenantId } } };
        await command.ExecuteNonQueryAsync(cancel);
    }
}

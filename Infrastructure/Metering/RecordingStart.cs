using NodaTime;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>Since when a tenant's use is recorded. What lies before is unknown, which is not 0.</summary>
public sealed class RecordingStart(NpgsqlDataSource dataSource, MeterCatalog catalog)
{
    /// <summary>The day, in the tenant's billing zone, of the first event that was ever counted; null where there is none.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<LocalDate?> DayAsync(Tenant tenant, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        var meters = await catalog.GetAsync(tenant.Id, cancel);
        await using var batch = dataSource.CreateBatch();
        batch.BatchCommands.Add(new("SELECT min(time) FROM ledger WHERE tenant_id = $1") { Parameters = { new() { Value = tenant.Id } } });
        // Of traffic that is no longer kept one by one, the hours are; all of its meters began together.
        if (meters.All.FirstOrDefault(m => m.KeptFrom is not null) is { } swept)
        {
            batch.BatchCommands.Add(new("SELECT min(hour) FROM rollup_hour WHERE tenant_id = $1 AND meter_id = $2 AND scope = 1") { Parameters = { new() { Value = tenant.Id }, new() { Value = swept.Id } } });
        }
        Instant? first = null;
        await using var rows = await batch.ExecuteReaderAsync(cancel);
        do
        {
            if (await rows.ReadAsync(cancel) && !rows.IsDBNull(0) && rows.GetFieldValue<Instant>(0) is var found && !(first <= found)) first = found;
        }
        while (await rows.NextResultAsync(cancel));
        return first?.InZone(tenant.Zone).Date;
    }
}

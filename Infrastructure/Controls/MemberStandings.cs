using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Community;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Infrastructure.Controls;

/// <summary>What members uploaded to a group, and where one stands against its policy: for the quota check and for previews.</summary>
internal static class MemberStandings
{
    /// <summary>What counts as an upload: the meter that measures them.</summary>
    private static readonly Meter Uploads = DefaultMeters.All.Single(m => m.Slug == "uploaded");

    private static readonly string[] Types = [.. Uploads.Sources.Select(s => s.EventType).Distinct()];

    /// <summary>Where a member stands, in one round trip; null where the group has no policy.</summary>
    /// <param name="connection">The connection of the answer's snapshot.</param>
    /// <param name="tenant">The tenant.</param>
    /// <param name="slugs">All slugs of the group, the present one first.</param>
    /// <param name="owner">Who owns the group now.</param>
    /// <param name="user">The member.</param>
    /// <param name="reservedSince">What is set aside for the member in the group since an instant.</param>
    /// <param name="now">Now.</param>
    /// <param name="cancel">Ends the reading.</param>
    public static async Task<MemberStanding?> ReadAsync(
        NpgsqlConnection connection, Tenant tenant, IReadOnlyList<string> slugs, string? owner, string user, Func<Instant, decimal> reservedSince, Instant now, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("""
                    SELECT p.policy::text, g.time_zone, m.role FROM group_policy p
                    LEFT JOIN directory_group g ON g.tenant_id = p.tenant_id AND g.key = p.group_key
                    LEFT JOIN membership m ON m.tenant_id = p.tenant_id AND m.group_key = p.group_key AND m.user_key = $3 AND m.until IS NULL
                    WHERE p.tenant_id = $1 AND p.group_key = $2 AND p.ended_at IS NULL
                    """) { Parameters = { new() { Value = tenant.Id }, new() { Value = slugs[0] }, new() { Value = user } } },
                // No zone's month began longer ago than 32 days.
                UploadsOf(tenant.Id, slugs, user, now - Duration.FromDays(32)),
            },
        };
        await using var rows = await batch.ExecuteReaderAsync(cancel);
        if (!await rows.ReadAsync(cancel)) return null;
        var policy = PolicyJson.Read(rows.GetString(0));
        var zone = CommunityHistories.ZoneOf(new DirectoryGroup { Key = slugs[0], TimeZone = rows.IsDBNull(1) ? null : rows.GetString(1) }, tenant, now);
        var role = owner == user ? "owner" : rows.IsDBNull(2) ? null : rows.GetString(2);
        await rows.NextResultAsync(cancel);
        var today = now.InZone(zone).Date;
        var firstOfMonth = today.With(DateAdjusters.StartOfMonth);
        var (day, month) = (0m, 0m);
        await foreach (var (upload, bytes) in BytesAsync(rows, cancel))
        {
            var on = upload.Time.InZone(zone).Date;
            if (on >= today) day += bytes;
            if (on >= firstOfMonth) month += bytes;
        }
        Instant Start(LocalDate date) => zone.AtStartOfDay(date).ToInstant();
        return new MemberStanding(policy, user, role,
            new SpanUse(day, reservedSince(Start(today)), Start(today.PlusDays(1))),
            new SpanUse(month, reservedSince(Start(firstOfMonth)), Start(firstOfMonth.PlusMonths(1))));
    }

    /// <summary>What everybody uploaded to a group since a day.</summary>
    public static async Task<IReadOnlyList<PastUpload>> PastAsync(NpgsqlConnection connection, int tenantId, IReadOnlyList<string> slugs, DateTimeZone zone, LocalDate from, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { UploadsOf(tenantId, slugs, null, zone.AtStartOfDay(from).ToInstant()) } };
        await using var rows = await batch.ExecuteReaderAsync(cancel);
        var uploads = new List<PastUpload>();
        await foreach (var (upload, bytes) in BytesAsync(rows, cancel))
        {
            if (upload.Subject is { } user) uploads.Add(new PastUpload(user, upload.Time.InZone(zone).Date, bytes));
        }
        return uploads;
    }

    private static NpgsqlBatchCommand UploadsOf(int tenantId, IReadOnlyList<string> slugs, string? user, Instant from)
    {
        var command = new NpgsqlBatchCommand($"""
            SELECT {EventReports.UsageColumns} FROM ledger
            WHERE tenant_id = $1 AND grp = ANY($2) AND type = ANY($3) AND time >= $4 AND voided_at IS NULL{(user is null ? "" : " AND subject = $5")}
            """)
        {
            Parameters =
            {
                new() { Value = tenantId }, new() { Value = slugs.ToArray() }, new() { Value = Types }, SqlValue.Time(from),
            },
        };
        if (user is not null) command.Parameters.Add(new() { Value = user });
        return command;
    }

    // The same reader as of the meter itself, so that a cap and a usage page cannot differ.
    private static async IAsyncEnumerable<(UsageEvent Upload, decimal Bytes)> BytesAsync(NpgsqlDataReader rows, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        while (await rows.ReadAsync(cancel))
        {
            var upload = EventReports.ReadUsage(rows);
            foreach (var reading in Uploads.Read(upload)) yield return (upload, reading.Value.ToDecimal());
        }
    }
}

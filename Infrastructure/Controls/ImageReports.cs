using Npgsql;
using NodaTime;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Controls;

/// <summary>What making images smaller has saved, as far as uploads say how large they were before.</summary>
/// <param name="Uploads">Uploads of the last 28 days.</param>
/// <param name="Told">Those of them that name their original size.</param>
/// <param name="Original">Bytes of the originals of those.</param>
/// <param name="Stored">Bytes that were stored of them.</param>
public sealed record MeasuredSaving(long Uploads, long Told, decimal Original, decimal Stored)
{
    /// <summary>The member of <c>file.uploaded</c> and <c>media.shared</c> that would tell it.</summary>
    public const string Member = "original_bytes";

    /// <summary>How many days are looked at.</summary>
    public const int Days = 28;

    /// <summary>Bytes saved.</summary>
    public decimal Saved => Original - Stored;
}

/// <summary>Reads what compression has saved from the uploads themselves.</summary>
public sealed class ImageReports(NpgsqlDataSource dataSource, DirectoryReports directory, TimeProvider time)
{
    private const string Sql = """
        SELECT d.size_bytes, d.original_bytes FROM ledger l
        LEFT JOIN LATERAL json_to_record(CASE WHEN json_typeof(l.event->'data') = 'object' THEN l.event->'data' END) AS d(size_bytes text, original_bytes text) ON true
        WHERE l.tenant_id = $1 AND l.grp = ANY($2) AND l.type IN ('file.uploaded', 'media.shared') AND l.time >= $3 AND l.time <= $4 AND l.voided_at IS NULL
        """;

    /// <summary>The uploads of a group's last 28 days.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="group">The group's present slug.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<MeasuredSaving> SavingAsync(Tenant tenant, string group, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        var now = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
        var slugs = await directory.SlugsAsync(tenant.Id, group, cancel);
        await using var select = dataSource.CreateCommand(Sql);
        select.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = tenant.Id }, new() { Value = slugs.ToArray() }, SqlValue.Time(now - Duration.FromDays(MeasuredSaving.Days)), SqlValue.Time(now) });
        var saving = new MeasuredSaving(0, 0, 0, 0);
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            saving = saving with { Uploads = saving.Uploads + 1 };
            if (Number(rows, 0) is { } stored && Number(rows, 1) is { } original && original >= stored)
                saving = saving with { Told = saving.Told + 1, Original = saving.Original + original, Stored = saving.Stored + stored };
        }
        return saving;
    }

    private static decimal? Number(NpgsqlDataReader rows, int column) =>
        !rows.IsDBNull(column) && decimal.TryParse(rows.GetString(column), System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;
}

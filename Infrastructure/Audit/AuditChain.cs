using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Audit;

/// <summary>A line of a tenant's audit log by its place, with the hash that stands for it and for all before it.</summary>
/// <param name="Number">From 1, without gaps.</param>
/// <param name="Hash">SHA-256 as 64 hexadecimal digits.</param>
public sealed record AuditHead(long Number, string Hash)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}:{Hash}");

    /// <summary>Reads what <see cref="ToString"/> writes; null where it is not that.</summary>
    public static AuditHead? Parse(string text) =>
        text.Split(':') is [var number, { Length: 64 } hash] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? new AuditHead(n, hash.ToLowerInvariant()) : null;
}

/// <summary>What a check of a tenant's audit log came to.</summary>
/// <param name="Lines">How many lines hang together from the first on.</param>
/// <param name="Head">The last line that is there; null where there is none.</param>
/// <param name="Fault">The first line that is not as it was written, in a sentence; null where all are.</param>
public sealed record AuditVerdict(long Lines, AuditHead? Head, string? Fault);

/// <summary>Checks that the audit log is as it was written, with arithmetic of its own: what the database says of itself is not believed.</summary>
public sealed class AuditChain(NpgsqlDataSource dataSource)
{
    /// <summary>Whether lines of an erased person are as the erasure left them is said by the line that notes it: <c>lines</c> of this action.</summary>
    internal const string Erased = "user.erased";

    private const string Lines = """
        SELECT l.number, l.entry_id, l.salt::text, l.content, l.hash, (extract(epoch FROM e.at) * 1000000)::bigint, e.actor, e.action, e.target, e.before::text, e.after::text, e.reason, e.id
        FROM audit_link AS l LEFT JOIN audit_entry AS e ON e.tenant_id = l.tenant_id AND e.id = l.entry_id
        WHERE l.tenant_id = $1 ORDER BY l.number
        """;

    private const string Unbound = "SELECT e.id FROM audit_entry AS e WHERE e.tenant_id = $1 AND NOT EXISTS (SELECT FROM audit_link AS l WHERE l.tenant_id = $1 AND l.entry_id = e.id) ORDER BY e.id LIMIT 1";

    /// <summary>Checks a tenant's lines from the first to the last.</summary>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="known">A line that was the last at some time and was kept elsewhere: lines that were cut from the end show by it.</param>
    /// <param name="cancel">Ends the check.</param>
    public async Task<AuditVerdict> VerifyAsync(int tenantId, AuditHead? known, CancellationToken cancel)
    {
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var (previous, next, head) = (Array.Empty<byte>(), 1L, (AuditHead?)null);
        var emptied = new Dictionary<long, (long Number, string Content)>();
        var noted = new Dictionary<long, string>();
        string? fault = null;
        await using (var select = new NpgsqlCommand(Lines, snapshot.Connection) { Parameters = { new() { Value = tenantId } } })
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            while (fault is null && await rows.ReadAsync(cancel))
            {
                var (number, entry, content, hash) = (rows.GetInt64(0), rows.GetInt64(1), rows.GetFieldValue<byte[]>(3), rows.GetFieldValue<byte[]>(4));
                if (number != next) fault = Say(next, "is missing");
                else if (rows.IsDBNull(12)) fault = Say(number, $"(entry {entry}) was deleted");
                else if (rows.GetText(2) is { } salt && !content.AsSpan().SequenceEqual(Content(rows, salt))) fault = Say(number, $"(entry {entry}, {rows.GetString(7)}) was changed");
                else if (!hash.AsSpan().SequenceEqual(Hash(previous, tenantId, number, entry, rows.GetInt64(5), content))) fault = Say(number, $"(entry {entry}, {rows.GetString(7)}) does not follow from the line before it");
                else if (known?.Number == number && known.Hash != Convert.ToHexStringLower(hash)) fault = Say(number, "has another hash than the one that was kept");
                if (fault is not null) break;
                if (rows.IsDBNull(2)) emptied[entry] = (number, Convert.ToHexStringLower(Content(rows, null)));
                if (rows.GetString(7) == Erased && rows.GetText(10) is { } after) Read(after, noted);
                (previous, next, head) = (hash, next + 1, new AuditHead(number, Convert.ToHexStringLower(hash)));
            }
        }
        // The line that notes an erasure comes after the lines that it emptied.
        var odd = emptied.Where(e => noted.GetValueOrDefault(e.Key) != e.Value.Content).Select(e => ((long Number, long Entry)?)(e.Value.Number, e.Key)).MinBy(e => e!.Value.Number);
        if (odd is { } first && (fault is null || noted.ContainsKey(first.Entry))) fault = Say(first.Number, $"(entry {first.Entry}) was emptied, and no erasure says so");
        if (fault is null && known is not null && known.Number >= next) fault = $"Line {next} and those after it, up to {known.Number}, were cut off.";
        if (fault is null)
        {
            await using var unbound = new NpgsqlCommand(Unbound, snapshot.Connection) { Parameters = { new() { Value = tenantId } } };
            if (await unbound.ExecuteScalarAsync(cancel) is long id) fault = $"Entry {id} is in no line: it was put in past the log.";
        }
        return new AuditVerdict(next - 1, head, fault);
    }

    private static string Say(long number, string what) => string.Create(CultureInfo.InvariantCulture, $"Line {number} {what}.");

    private static byte[] Content(NpgsqlDataReader rows, string? salt) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(new[] { salt }.Concat(Enumerable.Range(6, 6).Select(rows.GetText)).Select(Part))));

    private static byte[] Hash(byte[] previous, int tenant, long number, long entry, long at, byte[] content)
    {
        var place = string.Concat(new long[] { tenant, number, entry, at }.Select(n => Part(n.ToString(CultureInfo.InvariantCulture))));
        return SHA256.HashData([.. previous, .. Encoding.UTF8.GetBytes(place), .. content]);
    }

    private static string Part(string? text) => text is null ? "-" : string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetByteCount(text)}:{text}");

    private static void Read(string after, Dictionary<long, string> noted)
    {
        using var json = JsonDocument.Parse(after);
        if (!json.RootElement.TryGetProperty("lines", out var lines) || lines.ValueKind != JsonValueKind.Object) return;
        foreach (var line in lines.EnumerateObject()) noted[long.Parse(line.Name, CultureInfo.InvariantCulture)] = line.Value.GetString() ?? "";
    }
}

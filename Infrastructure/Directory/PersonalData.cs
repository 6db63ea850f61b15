using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Directory;

/// <summary>All that is kept about a person, for that person. What follows from it (rollups, levels, counts) is left out: it is worked out of the events.</summary>
public sealed class PersonalData(NpgsqlDataSource dataSource, IDbContextFactory<InsightsDbContext> contexts)
{
    // Never leaves the house, whoever asks.
    private const string Secrets = "ARRAY['tenant_id', 'password_hash', 'security_stamp', 'concurrency_stamp', 'webhook_secret', 'content_hash', 'normalized_email', 'normalized_user_name']";

    // $1 the tenant, $2 the key, $3 the account (user:key), $4 the names under which the person acts.
    private static readonly Part[] Parts =
    [
        new("directory", "directory_user", "t.key = $2"),
        new("signIns", "\"AspNetUsers\"", "t.user_key = $2"),
        Part.OfSignIn("sessions", "portal_session"),
        Part.OfSignIn("passkeys", "\"AspNetUserPasskeys\"", "jsonb_build_object('name', t.data->'Name', 'made_at', t.data->'CreatedAt')"),
        Part.OfSignIn("linkedAccounts", "\"AspNetUserLogins\""),
        Part.OfSignIn("secondFactors", "\"AspNetUserTokens\"", "jsonb_build_object('provider', t.login_provider, 'name', t.name)"),
        new("memberships", "membership", "t.user_key = $2"),
        new("stays", "membership_stay", "t.user_key = $2"),
        new("describedMemberships", "membership_description", "t.user_key = $2"),
        new("ownedGroups", "group_owner", "t.owner_key = $2"),
        new("plans", "plan_assignment", "t.account = $3"),
        new("limits", "quota_override", "t.account = $3"),
        new("reservations", "reservation", "(t.account = $3 OR t.user_key = $2)"),
        new("statements", "frozen_statement", "t.account = $3"),
        new("forecasts", "forecast_made", "t.account = $3"),
        new("decisions", "upgrade_decision", "t.account = $3"),
        new("answers", "decision_response", "(t.given_by = ANY($4) OR EXISTS (SELECT FROM upgrade_decision d WHERE d.tenant_id = t.tenant_id AND d.id = t.decision_id AND d.account = $3))"),
        new("disputes", "decision_dispute", "t.account = $3"),
        new("replayedAsks", "rule_replay_ask", "t.account = $3"),
        new("views", "saved_view", "t.owner = ANY($4)"),
        new("feedback", "page_feedback", "t.person = ANY($4)"),
        new("alertRules", "alert_rule", "(t.account = $3 OR t.recipient = ANY($4))"),
        new("alerts", "alert_firing", "(t.account = $3 OR t.recipient = ANY($4))"),
        new("inbox", "inbox_notice", "(t.account = $3 OR t.recipient = ANY($4))"),
        new("quietHours", "quiet_hours", "t.recipient = ANY($4)"),
        new("contributorOptOuts", "contributor_opt_out", "t.user_key = $2"),
        new("pinnedFiles", "file_pin", "t.pinned_by = ANY($4)"),
        new("groupPolicies", "group_policy", "jsonb_exists(t.policy::jsonb->'members', $2)", "jsonb_build_object('group', t.group_key, 'from', t.starts_at, 'cap', t.policy::jsonb->'members'->$2)"),
        new("audit", "audit_entry", "(t.actor = ANY($4) OR t.target = ANY($4) OR starts_with(t.target, $3 || ' '))"),
        new("files", "storage_event", "t.subject = $2"),
        new("events", "ledger", "(t.subject = $2 OR t.event->'data'->>'user' = $2)"),
    ];

    /// <summary>The tables that it reads.</summary>
    public static IReadOnlyList<string> Tables { get; } = [.. Parts.Select(p => p.Table.Trim('"'))];

    /// <summary>Whether somebody with that key was ever seen. Who asks for what is kept stands in the audit log.</summary>
    public async Task<bool> OpenAsync(int tenantId, string user, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (!await db.DirectoryUsers.AnyAsync(u => u.TenantId == tenantId && u.Key == user && u.ErasedAt == null, cancel)) return false;
        db.Note(tenantId, actor, "user.exported", "user:" + user, null, null);
        await db.SaveChangesAsync(cancel);
        return true;
    }

    /// <summary>Writes one JSON object, a list for each kind of thing; rows come as they are stored, one after the other, however many there are.</summary>
    public async Task WriteAsync(int tenantId, string user, Instant at, Stream stream, CancellationToken cancel)
    {
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var names = await NamesAsync(snapshot.Connection, tenantId, user, cancel);
        await using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("user", user);
        json.WriteString("writtenAt", Rfc3339.Format(at));
        // Requests before it are no longer among the events; what they add up to is told by usage.
        if (await Metering.TrafficSweep.KeptFromAsync(snapshot.Connection, cancel) is { } kept) json.WriteString("requestsKeptFrom", Rfc3339.Format(kept));
        foreach (var part in Parts)
        {
            json.WriteStartArray(part.Name);
            await using var select = new NpgsqlCommand($"SELECT ({part.Shown ?? $"to_jsonb(t) - {Secrets}"})::text FROM {part.Table} AS t WHERE {part.Tenant} AND ($2::text IS NOT NULL AND $3::text IS NOT NULL AND $4::text[] IS NOT NULL) AND {part.Where}", snapshot.Connection)
            {
                Parameters = { new() { Value = tenantId }, new() { Value = user }, new() { Value = "user:" + user }, new() { Value = names } },
            };
            await using var rows = await select.ExecuteReaderAsync(cancel);
            while (await rows.ReadAsync(cancel))
            {
                json.WriteRawValue(rows.GetString(0));
                if (json.BytesPending > 16_384) await json.FlushAsync(cancel);
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
        await json.FlushAsync(cancel);
    }

    // Also the addresses that a sign-in had before, unless somebody else has one of them now.
    private const string Addresses = """
        WITH RECURSIVE had (email) AS (
            SELECT u.email::text COLLATE "C" FROM "AspNetUsers" AS u WHERE u.tenant_id = $1 AND u.user_key = $2 AND u.email IS NOT NULL
            UNION SELECT (a.before->>'email') COLLATE "C" FROM audit_entry AS a JOIN had AS h ON a.after->>'email' = h.email WHERE a.tenant_id = $1 AND a.action = 'account.email.changed')
        SELECT had.email FROM had WHERE had.email IS NOT NULL
            AND NOT EXISTS (SELECT FROM "AspNetUsers" AS o WHERE o.tenant_id = $1 AND o.email = had.email AND o.user_key IS DISTINCT FROM $2)
        """;

    /// <summary>The names under which somebody acts: the account, the addresses of the sign-ins, and these as recipients and in the audit log are named.</summary>
    internal static async Task<string[]> NamesAsync(NpgsqlConnection connection, int tenantId, string user, CancellationToken cancel)
    {
        var names = new List<string> { "user:" + user };
        await using var select = new NpgsqlCommand(Addresses, connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = user } },
        };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) names.AddRange([rows.GetString(0), "email:" + rows.GetString(0), "user:" + rows.GetString(0)]);
        return [.. names];
    }

    private sealed record Part(string Name, string Table, string Where, string? Shown = null)
    {
        public string Tenant { get; private init; } = "t.tenant_id = $1";

        // What belongs to a sign-in says no tenant of its own.
        public static Part OfSignIn(string name, string table, string? shown = null) =>
            new(name, table, "EXISTS (SELECT FROM \"AspNetUsers\" u WHERE u.id = t.user_id AND u.tenant_id = $1 AND u.user_key = $2)", shown) { Tenant = "$1::int IS NOT NULL" };
    }
}

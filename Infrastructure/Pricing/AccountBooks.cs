using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>
/// The account books in force. A process keeps them, and asks for the version at each use: a change made by any process, or by hand, holds
/// from the next question on. Reading a book takes as long as the tenant has accounts; asking for its version does not.
/// </summary>
public sealed class AccountBooks
{
    /// <summary>Asks for the version of a tenant's book.</summary>
    internal const string VersionSql = "SELECT coalesce((SELECT version FROM account_book_version WHERE tenant_id = $1), 0)";

    private readonly ConcurrentDictionary<int, Kept> _kept = new();

    private sealed record Kept(long Version, Tenant Tenant, AccountBook Book);

    /// <summary>The book that was read last, with its version: to be held against the version of the transaction that uses it. Read now where none was.</summary>
    internal async Task<(long Version, AccountBook Book)> LastAsync(NpgsqlConnection connection, Tenant tenant, CancellationToken cancel)
    {
        if (_kept.TryGetValue(tenant.Id, out var kept) && IsSame(kept.Tenant, tenant)) return (kept.Version, kept.Book);
        var version = await VersionAsync(connection, tenant, cancel);
        return (version, await GetAsync(connection, tenant, version, cancel));
    }

    /// <summary>The book as one transaction sees it.</summary>
    /// <param name="connection">Reads through this connection's snapshot.</param>
    /// <param name="tenant">The tenant, with its terms of now.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<AccountBook> GetAsync(NpgsqlConnection connection, Tenant tenant, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        return await GetAsync(connection, tenant, await VersionAsync(connection, tenant, cancel), cancel);
    }

    /// <summary>The book of a version that the transaction has just read.</summary>
    internal async Task<AccountBook> GetAsync(NpgsqlConnection connection, Tenant tenant, long now, CancellationToken cancel)
    {
        if (_kept.TryGetValue(tenant.Id, out var kept) && kept.Version == now && IsSame(kept.Tenant, tenant)) return kept.Book;
        await using var db = InsightsDatabase.Over(connection);
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        _kept[tenant.Id] = new Kept(now, tenant, book);
        return book;
    }

    private static async Task<long> VersionAsync(NpgsqlConnection connection, Tenant tenant, CancellationToken cancel)
    {
        await using var version = new NpgsqlCommand(VersionSql, connection) { Parameters = { new() { Value = tenant.Id } } };
        return (long)(await version.ExecuteScalarAsync(cancel))!;
    }

    // What a book takes from its tenant.
    private static bool IsSame(Tenant a, Tenant b) => ReferenceEquals(a, b) || (a.DefaultPlan == b.DefaultPlan && a.Terms.SequenceEqual(b.Terms));
}

using Npgsql;

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>What an exception of the database means, in one place.</summary>
public static class PostgresErrors
{
    private const string DiskIsFull = "The database's disk is full.";

    /// <summary>Another row already has this key.</summary>
    public static bool IsDuplicateKey(Exception e) =>
        (e as PostgresException ?? e.InnerException as PostgresException)?.SqlState == PostgresErrorCodes.UniqueViolation;

    /// <summary>The database cannot be reached, is shutting down, is full or too busy: the same call may work later.</summary>
    public static bool IsUnavailable(Exception e)
    {
        for (Exception? cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is PostgresException p)
                return p.IsTransient || p.SqlState.StartsWith("53", StringComparison.Ordinal) || p.SqlState.StartsWith("57P", StringComparison.Ordinal) || TakesNoChanges(p) is not null;
            if (cause is NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException) return true;
        }
        return false;
    }

    /// <summary>Why a database that answers questions takes no changes, in a sentence; null where that is not what the exception says.</summary>
    public static string? TakesNoChanges(Exception e)
    {
        Exception? cause = e;
        while (cause is not (null or PostgresException)) cause = cause.InnerException;
        return (cause as PostgresException) switch
        {
            { SqlState: PostgresErrorCodes.DiskFull } => DiskIsFull,
            // A quota, or a limit of files: an internal error to PostgreSQL, told by the function that wanted the room.
            { SqlState: PostgresErrorCodes.InternalError, Routine: "mdextend" or "mdzeroextend" } => DiskIsFull,
            { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => "The database takes no changes just now.",
            _ => null,
        };
    }
}

using Npgsql;

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>What an exception of the database means, in one place.</summary>
public static class PostgresErrors
{
    /// <summary>Another row already has this key.</summary>
    public static bool IsDuplicateKey(Exception e) =>
        (e as PostgresException ?? e.InnerException as PostgresException)?.SqlState == PostgresErrorCodes.UniqueViolation;

    /// <summary>The database cannot be reached, is shutting down, is full or too busy: the same call may work later.</summary>
    public static bool IsUnavailable(Exception e)
    {
        for (Exception? cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is PostgresException p) return p.IsTransient || p.SqlState.StartsWith("53", StringComparison.Ordinal) || p.SqlState.StartsWith("57P", StringComparison.Ordinal);
            if (cause is NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException) return true;
        }
        return false;
    }
}

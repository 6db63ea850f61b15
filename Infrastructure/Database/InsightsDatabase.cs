using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>How the database is reached, in one place for the embedded and for an external one.</summary>
public static class InsightsDatabase
{
    /// <summary>How the portal's connections call themselves.</summary>
    public const string ApplicationName = "openmeet-insights";

    /// <summary>The pool of connections; instants map to <c>timestamptz</c>.</summary>
    public static NpgsqlDataSource BuildDataSource(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = ApplicationName };
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UseNodaTime();
        return builder.Build();
    }

    /// <summary>A context that reads and writes through a connection, in the transaction that this has.</summary>
    internal static InsightsDbContext Over(NpgsqlConnection connection)
    {
        var options = new DbContextOptionsBuilder<InsightsDbContext>();
        options.UseNpgsql(connection, npgsql => npgsql.UseNodaTime()).UseSnakeCaseNamingConvention();
        return new InsightsDbContext(options.Options);
    }

    /// <summary>The options that every context shares.</summary>
    public static void Configure(DbContextOptionsBuilder options, NpgsqlDataSource dataSource) =>
        options.UseNpgsql(dataSource, npgsql => npgsql.UseNodaTime()).UseSnakeCaseNamingConvention();
}

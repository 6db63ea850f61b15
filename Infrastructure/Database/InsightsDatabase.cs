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
        if (!settings.ContainsKey("Maximum Pool Size")) settings.MaxPoolSize = 50;
        if (!settings.ContainsKey("Timeout")) settings.Timeout = 30;
        if (!settings.ContainsKey("Max Auto Prepare")) settings.MaxAutoPrepare = 50;
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UseNodaTime();
        return builder.Build();
    }

    /// <summary>The options that every context shares.</summary>
    public static void Configure(DbContextOptionsBuilder options, NpgsqlDataSource dataSource) =>
        options.UseNpgsql(dataSource, npgsql => npgsql.UseNodaTime()).UseSnakeCaseNamingConvention();
}

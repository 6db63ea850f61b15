using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Portal.Tests.Database;

public sealed class EmbeddedPostgresTests : IDisposable
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), "insights-embedded-" + Guid.CreateVersion7().ToString("n"));

    public void Dispose() => System.IO.Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Data_outlives_the_server()
    {
        await using (var first = await StartAsync())
        {
            await AskAsync(first, "create table kept (word text); insert into kept values ('still here')");
        }

        await using var second = await StartAsync();
        Assert.Equal("still here", await AskAsync(second, "select word from kept"));
    }

    [Fact]
    public async Task Settings_keep_every_commit_and_the_house_rules()
    {
        await using var server = await StartAsync(durable: true);
        Assert.Equal("on on on UTC UTF8 C 127.0.0.1", await AskAsync(server, """
            select concat_ws(' ', current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes'),
                current_setting('TimeZone'), pg_encoding_to_char(encoding), datcollate, current_setting('listen_addresses'))
            from pg_database where datname = current_database()
            """));
    }

    [Fact]
    public async Task A_password_is_asked_for_and_kept_from_others()
    {
        await using var server = await StartAsync();
        var wrong = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = "guess", Pooling = false };
        await using var connection = new NpgsqlConnection(wrong.ConnectionString);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync(TestContext.Current.CancellationToken));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
        Assert.True(OperatingSystem.IsWindows()
            || File.GetUnixFileMode(Path.Combine(folder, "postgres.password")) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public async Task A_second_portal_on_the_same_data_is_refused_in_one_sentence()
    {
        await using var server = await StartAsync();
        var refused = await Assert.ThrowsAsync<EmbeddedPostgresException>(() => StartAsync());
        Assert.Equal($"Another portal is running on the data folder {folder}: stop it first, or set Insights:DataDirectory to another folder.", refused.Message);
        Assert.Equal(1, await AskAsync(server, "select 1"));
    }

    [Fact]
    public async Task Data_of_another_major_version_is_refused_and_left_alone()
    {
        await using (await StartAsync())
        {
        }

        var mark = Path.Combine(folder, "postgres", "PG_VERSION");
        var version = await File.ReadAllTextAsync(mark, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(mark, "9\n", TestContext.Current.CancellationToken);
        var refused = await Assert.ThrowsAsync<EmbeddedPostgresException>(() => StartAsync());
        Assert.Equal(
            $"The database was made by PostgreSQL 9 and only PostgreSQL {version.Trim()} is here; nothing was changed. Install PostgreSQL 9 and let Insights:Postgres:Binaries name its bin folder: "
            + $"then the portal runs as before, and ./insights backup and ./insights restore bring the data to PostgreSQL {version.Trim()} in another data folder (docs/backup.md).", refused.Message);

        await File.WriteAllTextAsync(mark, version, TestContext.Current.CancellationToken);
        await using var again = await StartAsync();
        Assert.Equal(1, await AskAsync(again, "select 1"));
    }

    [Fact]
    public async Task The_mark_of_a_killed_server_whose_number_another_program_has_does_not_stop_a_start()
    {
        await using (await StartAsync())
        {
        }

        var mark = Path.Combine(folder, "postgres", "postmaster.pid");
        await File.WriteAllTextAsync(mark, $"{Environment.ProcessId}\n{folder}/postgres\n1\n5432\n\n\n\n", TestContext.Current.CancellationToken);
        await using var server = await StartAsync();
        Assert.Equal(1, await AskAsync(server, "select 1"));
    }

    [Fact]
    public async Task A_setting_that_names_no_server_is_said_so()
    {
        var refused = await Assert.ThrowsAsync<EmbeddedPostgresException>(() => StartAsync(binaries: "/nowhere"));
        Assert.Equal("Insights:Postgres:Binaries names /nowhere, which holds no PostgreSQL server.", refused.Message);
    }

    private Task<EmbeddedPostgres> StartAsync(string? binaries = null, bool durable = false) => EmbeddedPostgres.StartAsync(
        folder, binaries, Checkout.Root, NullLogger.Instance, TestContext.Current.CancellationToken, durable);

    private static async Task<object?> AskAsync(EmbeddedPostgres server, string sql)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}

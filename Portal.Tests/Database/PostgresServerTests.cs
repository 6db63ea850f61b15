using Npgsql;
using OpenMeet.Insights.Portal.Tests.Support;

namespace OpenMeet.Insights.Portal.Tests.Database;

public sealed class PostgresServerTests(PostgresServer server)
{
    [Fact]
    public async Task A_copy_of_a_template_has_its_tables_and_its_own_rows()
    {
        var template = await server.CreateDatabaseAsync();
        await ExecuteAsync(template, "create table word (text text); insert into word values ('one')");
        var (first, second) = (await server.CreateDatabaseAsync(template), await server.CreateDatabaseAsync(template));
        await ExecuteAsync(first, "insert into word values ('two')");
        Assert.Equal(2L, await ExecuteAsync(first, "select count(*) from word"));
        Assert.Equal(1L, await ExecuteAsync(second, "select count(*) from word"));
    }

    private static async Task<object?> ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}

using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace OpenMeet.Insights.Infrastructure.Database.Migrations;

/// <summary>Tells when an account book has changed, written in SQL: the version has no entity.</summary>
[DbContext(typeof(InsightsDbContext))]
[Migration("20261126140000_AccountBookVersion")]
public sealed class AccountBookVersion : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(SqlText.Read("Pricing.Sql.account_book.sql"));

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        DROP FUNCTION account_book_changed() CASCADE;
        DROP TABLE account_book_version;
        """);
}

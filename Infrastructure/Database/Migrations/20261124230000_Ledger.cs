using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace OpenMeet.Insights.Infrastructure.Database.Migrations;

/// <summary>The tables of the ledger, written in SQL: they have no entities.</summary>
[DbContext(typeof(InsightsDbContext))]
[Migration("20261124230000_Ledger")]
public sealed class Ledger : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(SqlText.Read("Metering.Sql.ledger.sql"));

    protected override void Down(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql("DROP TABLE storage_delta, storage_event, rollup_hour, ledger, event_identity");
}

using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace OpenMeet.Insights.Infrastructure.Database.Migrations;

/// <summary>Indexes of days and months that answer by themselves, written in SQL: the tables have no entities.</summary>
[DbContext(typeof(InsightsDbContext))]
[Migration("20261126090600_Covering")]
public sealed class Covering : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(SqlText.Read("Metering.Sql.covering.sql"));

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        DROP INDEX rollup_day_time, rollup_month_time;
        CREATE INDEX rollup_day_time ON rollup_day (tenant_id, meter_id, scope, day);
        CREATE INDEX rollup_month_time ON rollup_month (tenant_id, meter_id, scope, month);
        """);
}

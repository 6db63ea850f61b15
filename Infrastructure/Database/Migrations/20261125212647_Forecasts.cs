using Microsoft.EntityFrameworkCore.Migrations;
using NodaTime;

#nullable disable

namespace OpenMeet.Insights.Infrastructure.Database.Migrations
{
    /// <inheritdoc />
    public partial class Forecasts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "forecast_made",
                columns: table => new
                {
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    account = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    meter = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    made_on = table.Column<LocalDate>(type: "date", nullable: false),
                    for_day = table.Column<LocalDate>(type: "date", nullable: false),
                    p10 = table.Column<decimal>(type: "numeric", nullable: false),
                    p50 = table.Column<decimal>(type: "numeric", nullable: false),
                    p90 = table.Column<decimal>(type: "numeric", nullable: false),
                    actual = table.Column<decimal>(type: "numeric", nullable: true),
                    backtested = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_forecast_made", x => new { x.tenant_id, x.account, x.meter, x.made_on });
                });

            migrationBuilder.CreateTable(
                name: "quota_count",
                columns: table => new
                {
                    meter = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    state = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    accounts = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_quota_count", x => new { x.meter, x.state });
                });

            migrationBuilder.CreateIndex(
                name: "ix_forecast_made_tenant_id_for_day",
                table: "forecast_made",
                columns: new[] { "tenant_id", "for_day" },
                filter: "actual IS NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "forecast_made");

            migrationBuilder.DropTable(
                name: "quota_count");
        }
    }
}

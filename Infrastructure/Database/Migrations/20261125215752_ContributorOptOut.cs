using Microsoft.EntityFrameworkCore.Migrations;
using NodaTime;

#nullable disable

namespace OpenMeet.Insights.Infrastructure.Database.Migrations
{
    /// <inheritdoc />
    public partial class ContributorOptOut : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "contributor_opt_out",
                columns: table => new
                {
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    user_key = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    at = table.Column<Instant>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_contributor_opt_out", x => new { x.tenant_id, x.user_key });
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "contributor_opt_out");
        }
    }
}

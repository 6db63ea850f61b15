using Microsoft.EntityFrameworkCore.Migrations;
using NodaTime;

#nullable disable

namespace OpenMeet.Insights.Infrastructure.Database.Migrations
{
    /// <inheritdoc />
    public partial class Tiers : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Instant>(
                name: "tiered_until",
                table: "meter",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "membership_description",
                columns: table => new
                {
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    group_key = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    user_key = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    at = table.Column<Instant>(type: "timestamp with time zone", nullable: false),
                    role = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_membership_description", x => new { x.tenant_id, x.group_key, x.user_key, x.at });
                });

            migrationBuilder.CreateTable(
                name: "membership_stay",
                columns: table => new
                {
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    group_key = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    user_key = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    from = table.Column<Instant>(type: "timestamp with time zone", nullable: false),
                    role = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    until = table.Column<Instant>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_membership_stay", x => new { x.tenant_id, x.group_key, x.user_key, x.from });
                });

            migrationBuilder.CreateIndex(
                name: "ix_membership_description_tenant_id_user_key",
                table: "membership_description",
                columns: new[] { "tenant_id", "user_key" });

            migrationBuilder.CreateIndex(
                name: "ix_membership_stay_tenant_id_user_key",
                table: "membership_stay",
                columns: new[] { "tenant_id", "user_key" });

            // What is known of the past: each person's present stretch, and what the directory was last told.
            migrationBuilder.Sql("""
                INSERT INTO membership_description (tenant_id, group_key, user_key, at, role)
                SELECT tenant_id, group_key, user_key, described_at, described_role FROM membership WHERE described_at IS NOT NULL;
                INSERT INTO membership_stay (tenant_id, group_key, user_key, role, "from", until)
                SELECT tenant_id, group_key, user_key, role, since, until FROM membership WHERE until IS NULL OR until > since;
                """);

            migrationBuilder.DropColumn(
                name: "described_at",
                table: "membership");

            migrationBuilder.DropColumn(
                name: "described_role",
                table: "membership");

            migrationBuilder.Sql(SqlText.Read("Metering.Sql.tiers.sql"));
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP TABLE rollup_day, rollup_month");

            migrationBuilder.DropTable(
                name: "membership_description");

            migrationBuilder.DropTable(
                name: "membership_stay");

            migrationBuilder.DropColumn(
                name: "tiered_until",
                table: "meter");

            migrationBuilder.AddColumn<Instant>(
                name: "described_at",
                table: "membership",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "described_role",
                table: "membership",
                type: "text",
                nullable: true,
                collation: "C");
        }
    }
}

using Microsoft.EntityFrameworkCore.Migrations;
using NodaTime;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace OpenMeet.Insights.Infrastructure.Database.Migrations
{
    /// <inheritdoc />
    public partial class BulkActions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "bulk_action",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    status = table.Column<string>(type: "text", nullable: false),
                    filter = table.Column<string>(type: "jsonb", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    meter = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    limit = table.Column<decimal>(type: "numeric", nullable: true),
                    limit_kind = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    expires_at = table.Column<Instant>(type: "timestamp with time zone", nullable: true),
                    plan = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    plan_version = table.Column<int>(type: "integer", nullable: true),
                    from = table.Column<Instant>(type: "timestamp with time zone", nullable: true),
                    created_by = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    created_at = table.Column<Instant>(type: "timestamp with time zone", nullable: false),
                    approved_by = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    started_at = table.Column<Instant>(type: "timestamp with time zone", nullable: true),
                    finished_at = table.Column<Instant>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_bulk_action", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "bulk_item",
                columns: table => new
                {
                    action_id = table.Column<long>(type: "bigint", nullable: false),
                    position = table.Column<int>(type: "integer", nullable: false),
                    account = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    before = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    after = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    over = table.Column<bool>(type: "boolean", nullable: true),
                    effect = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    before_id = table.Column<long>(type: "bigint", nullable: true),
                    change_id = table.Column<long>(type: "bigint", nullable: true),
                    result = table.Column<string>(type: "text", nullable: false),
                    detail = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    at = table.Column<Instant>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_bulk_item", x => new { x.action_id, x.position });
                });

            migrationBuilder.CreateTable(
                name: "pool_capacity",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    pool = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    capacity = table.Column<decimal>(type: "numeric", nullable: false),
                    lead_days = table.Column<int>(type: "integer", nullable: false),
                    from = table.Column<Instant>(type: "timestamp with time zone", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    created_at = table.Column<Instant>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_pool_capacity", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "pool_reading",
                columns: table => new
                {
                    pool = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    days_to_full = table.Column<double>(type: "double precision", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_pool_reading", x => x.pool);
                });

            migrationBuilder.CreateIndex(
                name: "ix_bulk_action_status",
                table: "bulk_action",
                column: "status",
                filter: "status IN ('Running', 'Reverting')");

            migrationBuilder.CreateIndex(
                name: "ix_bulk_action_tenant_id_id",
                table: "bulk_action",
                columns: new[] { "tenant_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_bulk_item_action_id_account",
                table: "bulk_item",
                columns: new[] { "action_id", "account" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_bulk_item_action_id_result_position",
                table: "bulk_item",
                columns: new[] { "action_id", "result", "position" });

            migrationBuilder.CreateIndex(
                name: "ix_pool_capacity_tenant_id_pool_from",
                table: "pool_capacity",
                columns: new[] { "tenant_id", "pool", "from" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "bulk_action");

            migrationBuilder.DropTable(
                name: "bulk_item");

            migrationBuilder.DropTable(
                name: "pool_capacity");

            migrationBuilder.DropTable(
                name: "pool_reading");
        }
    }
}

using System;
using Microsoft.EntityFrameworkCore.Migrations;
using NodaTime;

#nullable disable

namespace OpenMeet.Insights.Infrastructure.Database.Migrations
{
    /// <inheritdoc />
    public partial class Views : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "page_feedback",
                columns: table => new
                {
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    page = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    person = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    is_useful = table.Column<bool>(type: "boolean", nullable: false),
                    text = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    said_at = table.Column<Instant>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_page_feedback", x => new { x.tenant_id, x.page, x.person });
                });

            migrationBuilder.CreateTable(
                name: "saved_view",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    owner = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    address = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    group = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    is_shared = table.Column<bool>(type: "boolean", nullable: false),
                    is_start = table.Column<bool>(type: "boolean", nullable: false),
                    saved_at = table.Column<Instant>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_saved_view", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_saved_view_tenant_id_group",
                table: "saved_view",
                columns: new[] { "tenant_id", "group" },
                filter: "is_shared");

            migrationBuilder.CreateIndex(
                name: "ix_saved_view_tenant_id_owner_name",
                table: "saved_view",
                columns: new[] { "tenant_id", "owner", "name" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "page_feedback");

            migrationBuilder.DropTable(
                name: "saved_view");
        }
    }
}

using System;
using Microsoft.EntityFrameworkCore.Migrations;
using NodaTime;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace OpenMeet.Insights.Infrastructure.Database.Migrations
{
    /// <inheritdoc />
    public partial class Asks : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "ask_id",
                table: "upgrade_decision",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<LocalDate>(
                name: "followed_on",
                table: "upgrade_decision",
                type: "date",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "plan",
                table: "upgrade_decision",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<string>(
                name: "proof",
                table: "upgrade_decision",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<int>(
                name: "rule_version",
                table: "upgrade_decision",
                type: "integer",
                nullable: false,
                defaultValue: 1);

            migrationBuilder.AddColumn<string>(
                name: "ends",
                table: "decision_response",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<string>(
                name: "reason",
                table: "decision_response",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.CreateTable(
                name: "decision_dispute",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    decision_id = table.Column<Guid>(type: "uuid", nullable: false),
                    account = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    reason = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    text = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    opened_at = table.Column<Instant>(type: "timestamp with time zone", nullable: false),
                    opened_by = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    answer_by = table.Column<LocalDate>(type: "date", nullable: false),
                    state = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    answer = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    closed_at = table.Column<Instant>(type: "timestamp with time zone", nullable: true),
                    closed_by = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_decision_dispute", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "decision_stage",
                columns: table => new
                {
                    decision_id = table.Column<Guid>(type: "uuid", nullable: false),
                    stage = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    at = table.Column<Instant>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_decision_stage", x => new { x.decision_id, x.stage });
                });

            migrationBuilder.CreateTable(
                name: "rule_replay",
                columns: table => new
                {
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    month = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    cursor = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    accounts = table.Column<int>(type: "integer", nullable: false),
                    skipped = table.Column<int>(type: "integer", nullable: false),
                    finished_at = table.Column<Instant>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_rule_replay", x => new { x.tenant_id, x.version, x.month });
                });

            migrationBuilder.CreateTable(
                name: "rule_replay_ask",
                columns: table => new
                {
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    month = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    account = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    verdict = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    plan = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    proof = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_rule_replay_ask", x => new { x.tenant_id, x.version, x.month, x.account });
                });

            migrationBuilder.CreateTable(
                name: "shadow_verdict",
                columns: table => new
                {
                    decision_id = table.Column<Guid>(type: "uuid", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    verdict = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    plan = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_shadow_verdict", x => new { x.decision_id, x.version });
                });

            migrationBuilder.CreateTable(
                name: "upgrade_rule",
                columns: table => new
                {
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    state = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    terms = table.Column<string>(type: "jsonb", nullable: false),
                    note = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    live_at = table.Column<Instant>(type: "timestamp with time zone", nullable: true),
                    changed_at = table.Column<Instant>(type: "timestamp with time zone", nullable: false),
                    changed_by = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_upgrade_rule", x => new { x.tenant_id, x.version });
                });

            migrationBuilder.CreateIndex(
                name: "ix_upgrade_decision_ask_id",
                table: "upgrade_decision",
                column: "ask_id");

            migrationBuilder.CreateIndex(
                name: "ix_upgrade_decision_tenant_id_decided_at",
                table: "upgrade_decision",
                columns: new[] { "tenant_id", "decided_at" });

            migrationBuilder.CreateIndex(
                name: "ix_decision_dispute_tenant_id_account",
                table: "decision_dispute",
                columns: new[] { "tenant_id", "account" });

            migrationBuilder.CreateIndex(
                name: "ix_decision_dispute_tenant_id_state_answer_by",
                table: "decision_dispute",
                columns: new[] { "tenant_id", "state", "answer_by" });

            migrationBuilder.CreateIndex(
                name: "ix_decision_stage_tenant_id_at",
                table: "decision_stage",
                columns: new[] { "tenant_id", "at" });

            migrationBuilder.CreateIndex(
                name: "ix_shadow_verdict_tenant_id_version",
                table: "shadow_verdict",
                columns: new[] { "tenant_id", "version" });

            migrationBuilder.CreateIndex(
                name: "ix_upgrade_rule_tenant_id_state",
                table: "upgrade_rule",
                columns: new[] { "tenant_id", "state" },
                unique: true,
                filter: "state <> 'off'");

            // Asks of before were one each; a snooze without a date said in its text what ends it.
            migrationBuilder.Sql("UPDATE upgrade_decision SET ask_id = id, plan = record #>> '{verdict,plan}' WHERE verdict <> 'stay'");
            migrationBuilder.Sql("UPDATE decision_response SET ends = CASE text WHEN 'Until 90 %' THEN '90%' ELSE 'never' END WHERE response = 'snooze' AND until IS NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "decision_dispute");

            migrationBuilder.DropTable(
                name: "decision_stage");

            migrationBuilder.DropTable(
                name: "rule_replay");

            migrationBuilder.DropTable(
                name: "rule_replay_ask");

            migrationBuilder.DropTable(
                name: "shadow_verdict");

            migrationBuilder.DropTable(
                name: "upgrade_rule");

            migrationBuilder.DropIndex(
                name: "ix_upgrade_decision_ask_id",
                table: "upgrade_decision");

            migrationBuilder.DropIndex(
                name: "ix_upgrade_decision_tenant_id_decided_at",
                table: "upgrade_decision");

            migrationBuilder.DropColumn(
                name: "ask_id",
                table: "upgrade_decision");

            migrationBuilder.DropColumn(
                name: "followed_on",
                table: "upgrade_decision");

            migrationBuilder.DropColumn(
                name: "plan",
                table: "upgrade_decision");

            migrationBuilder.DropColumn(
                name: "proof",
                table: "upgrade_decision");

            migrationBuilder.DropColumn(
                name: "rule_version",
                table: "upgrade_decision");

            migrationBuilder.DropColumn(
                name: "ends",
                table: "decision_response");

            migrationBuilder.DropColumn(
                name: "reason",
                table: "decision_response");
        }
    }
}

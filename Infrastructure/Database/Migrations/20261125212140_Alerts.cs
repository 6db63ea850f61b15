using System;
using Microsoft.EntityFrameworkCore.Migrations;
using NodaTime;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace OpenMeet.Insights.Infrastructure.Database.Migrations
{
    /// <inheritdoc />
    public partial class Alerts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "alert_firing",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    origin = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    rule_id = table.Column<long>(type: "bigint", nullable: true),
                    account = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    subject = table.Column<string>(type: "text", nullable: false),
                    period = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    against = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    threshold = table.Column<decimal>(type: "numeric", nullable: false),
                    is_forecast = table.Column<bool>(type: "boolean", nullable: false),
                    value = table.Column<decimal>(type: "numeric", nullable: true),
                    unit = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    described = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    title = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    detail = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    recipient = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    is_money = table.Column<bool>(type: "boolean", nullable: false),
                    is_test = table.Column<bool>(type: "boolean", nullable: false),
                    at = table.Column<Instant>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_alert_firing", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "alert_rule",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    account = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    subject = table.Column<string>(type: "text", nullable: false),
                    meter = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    metric = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    money = table.Column<string>(type: "text", nullable: true),
                    below = table.Column<bool>(type: "boolean", nullable: false),
                    thresholds = table.Column<decimal[]>(type: "numeric[]", nullable: false),
                    amount = table.Column<decimal>(type: "numeric", nullable: true),
                    with_forecast = table.Column<bool>(type: "boolean", nullable: false),
                    recipient = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    mail = table.Column<bool>(type: "boolean", nullable: false),
                    webhook = table.Column<bool>(type: "boolean", nullable: false),
                    webhook_url = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    webhook_secret = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    revision = table.Column<int>(type: "integer", nullable: false),
                    created_at = table.Column<Instant>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ended_at = table.Column<Instant>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_alert_rule", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "delivery_attempt",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    message_id = table.Column<Guid>(type: "uuid", nullable: false),
                    at = table.Column<Instant>(type: "timestamp with time zone", nullable: false),
                    status = table.Column<int>(type: "integer", nullable: true),
                    outcome = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    excerpt = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    milliseconds = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_delivery_attempt", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "inbox_notice",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    recipient = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    firing_id = table.Column<Guid>(type: "uuid", nullable: false),
                    account = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    title = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    detail = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    at = table.Column<Instant>(type: "timestamp with time zone", nullable: false),
                    read_at = table.Column<Instant>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_inbox_notice", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "outgoing_event",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    type = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    data = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    at = table.Column<Instant>(type: "timestamp with time zone", nullable: false),
                    not_before = table.Column<Instant>(type: "timestamp with time zone", nullable: false),
                    firing_id = table.Column<Guid>(type: "uuid", nullable: true),
                    spread_at = table.Column<Instant>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_outgoing_event", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "outgoing_message",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    channel = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    target = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    subject = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    body = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    type = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    event_id = table.Column<Guid>(type: "uuid", nullable: true),
                    endpoint_id = table.Column<long>(type: "bigint", nullable: true),
                    rule_id = table.Column<long>(type: "bigint", nullable: true),
                    firing_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<Instant>(type: "timestamp with time zone", nullable: false),
                    next_at = table.Column<Instant>(type: "timestamp with time zone", nullable: true),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    state = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    outcome = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    last_at = table.Column<Instant>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_outgoing_message", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "quiet_hours",
                columns: table => new
                {
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    recipient = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    from = table.Column<LocalTime>(type: "time", nullable: false),
                    to = table.Column<LocalTime>(type: "time", nullable: false),
                    zone = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_quiet_hours", x => new { x.tenant_id, x.recipient });
                });

            migrationBuilder.CreateTable(
                name: "webhook_endpoint",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    url = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    events = table.Column<string[]>(type: "text[]", nullable: false),
                    description = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    secret = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    created_at = table.Column<Instant>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    disabled_at = table.Column<Instant>(type: "timestamp with time zone", nullable: true),
                    disabled_reason = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    removed_at = table.Column<Instant>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_webhook_endpoint", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_alert_firing_tenant_id_account_at",
                table: "alert_firing",
                columns: new[] { "tenant_id", "account", "at" });

            migrationBuilder.CreateIndex(
                name: "ix_alert_firing_tenant_id_origin_period_against_threshold_is_f",
                table: "alert_firing",
                columns: new[] { "tenant_id", "origin", "period", "against", "threshold", "is_forecast" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_alert_rule_tenant_id_account",
                table: "alert_rule",
                columns: new[] { "tenant_id", "account" });

            migrationBuilder.CreateIndex(
                name: "ix_delivery_attempt_tenant_id_message_id",
                table: "delivery_attempt",
                columns: new[] { "tenant_id", "message_id" });

            migrationBuilder.CreateIndex(
                name: "ix_inbox_notice_tenant_id_recipient_at",
                table: "inbox_notice",
                columns: new[] { "tenant_id", "recipient", "at" });

            migrationBuilder.CreateIndex(
                name: "ix_outgoing_event_not_before",
                table: "outgoing_event",
                column: "not_before",
                filter: "spread_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_outgoing_message_next_at",
                table: "outgoing_message",
                column: "next_at",
                filter: "next_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_outgoing_message_tenant_id_endpoint_id_created_at",
                table: "outgoing_message",
                columns: new[] { "tenant_id", "endpoint_id", "created_at" });

            migrationBuilder.CreateIndex(
                name: "ix_outgoing_message_tenant_id_event_id_endpoint_id",
                table: "outgoing_message",
                columns: new[] { "tenant_id", "event_id", "endpoint_id" },
                unique: true,
                filter: "event_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_outgoing_message_tenant_id_firing_id",
                table: "outgoing_message",
                columns: new[] { "tenant_id", "firing_id" });

            migrationBuilder.CreateIndex(
                name: "ix_webhook_endpoint_tenant_id",
                table: "webhook_endpoint",
                column: "tenant_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "alert_firing");

            migrationBuilder.DropTable(
                name: "alert_rule");

            migrationBuilder.DropTable(
                name: "delivery_attempt");

            migrationBuilder.DropTable(
                name: "inbox_notice");

            migrationBuilder.DropTable(
                name: "outgoing_event");

            migrationBuilder.DropTable(
                name: "outgoing_message");

            migrationBuilder.DropTable(
                name: "quiet_hours");

            migrationBuilder.DropTable(
                name: "webhook_endpoint");
        }
    }
}

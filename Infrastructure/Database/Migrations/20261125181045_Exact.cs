using System;
using Microsoft.EntityFrameworkCore.Migrations;
using NodaTime;

#nullable disable

namespace OpenMeet.Insights.Infrastructure.Database.Migrations
{
    /// <inheritdoc />
    public partial class Exact : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_meter_tenant_id_slug",
                table: "meter");

            migrationBuilder.AddColumn<string>(
                name: "terms",
                table: "tenant",
                type: "jsonb",
                nullable: false,
                defaultValue: "[]");

            // Currency, billing zone and attribution are dated from now on; what stood holds from the beginning.
            migrationBuilder.Sql("""
                UPDATE tenant SET terms = jsonb_build_array(jsonb_build_object(
                    'from', NULL, 'currency', currency, 'billingTimeZone', billing_time_zone, 'attribution', attribution, 'splitPercent', NULL))
                """);

            migrationBuilder.DropColumn(
                name: "attribution",
                table: "tenant");

            migrationBuilder.DropColumn(
                name: "billing_time_zone",
                table: "tenant");

            migrationBuilder.DropColumn(
                name: "currency",
                table: "tenant");

            migrationBuilder.AddColumn<Instant>(
                name: "counted_at",
                table: "meter",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "counted_events",
                table: "meter",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<int>(
                name: "first_id",
                table: "meter",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "position_key",
                table: "meter",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<Instant>(
                name: "position_time",
                table: "meter",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "total_events",
                table: "meter",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<Instant>(
                name: "changed_at",
                table: "closed_period",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Instant>(
                name: "ends_at",
                table: "closed_period",
                type: "timestamp with time zone",
                nullable: false,
                defaultValue: NodaTime.Instant.FromUnixTimeTicks(0L));

            migrationBuilder.AddColumn<Instant>(
                name: "frozen_at",
                table: "closed_period",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.Sql("UPDATE closed_period SET frozen_at = closed_at");
            migrationBuilder.Sql("UPDATE meter SET counted_at = created_at");
            migrationBuilder.Sql("ALTER TABLE storage_delta ADD COLUMN by_policy boolean NOT NULL DEFAULT false");
            migrationBuilder.Sql("""
                UPDATE closed_period p SET ends_at = ((period || '-01')::timestamp + interval '1 month') AT TIME ZONE (t.terms->0->>'billingTimeZone')
                FROM tenant t WHERE t.id = p.tenant_id
                """);

            migrationBuilder.CreateIndex(
                name: "ix_meter_tenant_id_slug",
                table: "meter",
                columns: new[] { "tenant_id", "slug" },
                unique: true,
                filter: "archived_at IS NULL AND counted_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_meter_tenant_id_slug1",
                table: "meter",
                columns: new[] { "tenant_id", "slug" },
                unique: true,
                filter: "archived_at IS NULL AND counted_at IS NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("ALTER TABLE storage_delta DROP COLUMN by_policy");

            migrationBuilder.DropIndex(
                name: "ix_meter_tenant_id_slug",
                table: "meter");

            migrationBuilder.DropIndex(
                name: "ix_meter_tenant_id_slug1",
                table: "meter");

            migrationBuilder.DropColumn(
                name: "terms",
                table: "tenant");

            migrationBuilder.DropColumn(
                name: "counted_at",
                table: "meter");

            migrationBuilder.DropColumn(
                name: "counted_events",
                table: "meter");

            migrationBuilder.DropColumn(
                name: "first_id",
                table: "meter");

            migrationBuilder.DropColumn(
                name: "position_key",
                table: "meter");

            migrationBuilder.DropColumn(
                name: "position_time",
                table: "meter");

            migrationBuilder.DropColumn(
                name: "total_events",
                table: "meter");

            migrationBuilder.DropColumn(
                name: "changed_at",
                table: "closed_period");

            migrationBuilder.DropColumn(
                name: "ends_at",
                table: "closed_period");

            migrationBuilder.DropColumn(
                name: "frozen_at",
                table: "closed_period");

            migrationBuilder.AddColumn<string>(
                name: "attribution",
                table: "tenant",
                type: "text",
                nullable: false,
                defaultValue: "",
                collation: "C");

            migrationBuilder.AddColumn<string>(
                name: "billing_time_zone",
                table: "tenant",
                type: "text",
                nullable: false,
                defaultValue: "",
                collation: "C");

            migrationBuilder.AddColumn<string>(
                name: "currency",
                table: "tenant",
                type: "text",
                nullable: false,
                defaultValue: "",
                collation: "C");

            migrationBuilder.CreateIndex(
                name: "ix_meter_tenant_id_slug",
                table: "meter",
                columns: new[] { "tenant_id", "slug" },
                unique: true,
                filter: "archived_at IS NULL");
        }
    }
}

using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace OpenMeet.Insights.Infrastructure.Database.Migrations;

/// <summary>Cuts the ledger into months, and says how its tables are swept. Written in SQL: the tables have no entities.</summary>
[DbContext(typeof(InsightsDbContext))]
[Migration("20261126125000_LedgerMonths")]
public sealed class LedgerMonths : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(SqlText.Read("Metering.Sql.partitions.sql"));

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        DROP FUNCTION ledger_month(timestamptz);
        DROP TABLE ledger_kept;
        ALTER TABLE ledger RENAME TO ledger_parts;
        CREATE TABLE ledger (LIKE ledger_parts);
        INSERT INTO ledger SELECT * FROM ledger_parts;
        DROP TABLE ledger_parts;
        ALTER TABLE ledger ADD PRIMARY KEY (tenant_id, time, key);
        CREATE INDEX ledger_subject ON ledger (tenant_id, subject, time);
        CREATE INDEX ledger_group ON ledger (tenant_id, grp, time);
        CREATE INDEX ledger_type ON ledger (tenant_id, type, time);
        CREATE INDEX ledger_member ON ledger (tenant_id, grp, time) WHERE type IN ('group.member.joined', 'group.member.left', 'group.member.role.changed');
        ALTER TABLE event_identity RESET (autovacuum_vacuum_insert_scale_factor, autovacuum_freeze_min_age);
        ALTER TABLE rollup_hour RESET (autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor);
        """);
}

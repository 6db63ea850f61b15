using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace OpenMeet.Insights.Infrastructure.Database.Migrations;

/// <summary>Binds the lines of the audit log to each other, those that are there too. Written in SQL: the chain has no entity.</summary>
[DbContext(typeof(InsightsDbContext))]
[Migration("20261126103000_AuditChain")]
public sealed class AuditChain : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(SqlText.Read("Audit.Sql.audit_chain.sql"));

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        DROP TRIGGER audit_bind ON audit_entry;
        DROP TRIGGER audit_keep ON audit_entry;
        DROP TRIGGER audit_keep_all ON audit_entry;
        DROP TABLE audit_link;
        DROP FUNCTION audit_keep(), audit_bind(), audit_append(audit_entry), audit_content(audit_entry, uuid), audit_part(text);
        """);
}

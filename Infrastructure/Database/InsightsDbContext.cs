using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Infrastructure.Account;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Capacity;
using OpenMeet.Insights.Infrastructure.Community;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Delivery;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Infrastructure.Forecasting;
using OpenMeet.Insights.Infrastructure.Jobs;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Quotas;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Infrastructure.Webhooks;

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>
/// The tables that people and admins change. The ledger and what follows from it (see Metering/Sql/ledger.sql) are written in sets and
/// have no entities.
/// </summary>
public sealed class InsightsDbContext(DbContextOptions<InsightsDbContext> options)
    : IdentityDbContext<InsightsUser>(options), IDataProtectionKeyContext
{
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();
    public DbSet<PortalSession> Sessions => Set<PortalSession>();
    public DbSet<Tenant> Tenants => Set<Tenant>();
    public DbSet<ServiceKey> ServiceKeys => Set<ServiceKey>();
    public DbSet<MeterDefinition> Meters => Set<MeterDefinition>();
    public DbSet<DirectoryUser> DirectoryUsers => Set<DirectoryUser>();
    public DbSet<DirectoryGroup> DirectoryGroups => Set<DirectoryGroup>();
    public DbSet<GroupSlug> GroupSlugs => Set<GroupSlug>();
    public DbSet<GroupOwner> GroupOwners => Set<GroupOwner>();
    public DbSet<Views.SavedView> SavedViews => Set<Views.SavedView>();
    public DbSet<Feedback.PageFeedback> PageFeedback => Set<Feedback.PageFeedback>();
    public DbSet<Membership> Memberships => Set<Membership>();
    public DbSet<MembershipStay> MembershipStays => Set<MembershipStay>();
    public DbSet<MembershipDescription> MembershipDescriptions => Set<MembershipDescription>();
    public DbSet<ContributorOptOut> ContributorOptOuts => Set<ContributorOptOut>();
    public DbSet<PlanVersion> Plans => Set<PlanVersion>();
    public DbSet<PlanAssignment> PlanAssignments => Set<PlanAssignment>();
    public DbSet<ClosedPeriod> ClosedPeriods => Set<ClosedPeriod>();
    public DbSet<FrozenStatement> FrozenStatements => Set<FrozenStatement>();
    public DbSet<UnitRate> Rates => Set<UnitRate>();
    public DbSet<Bill> Bills => Set<Bill>();
    public DbSet<QuotaOverride> QuotaOverrides => Set<QuotaOverride>();
    public DbSet<Controls.StoredGroupPolicy> GroupPolicies => Set<Controls.StoredGroupPolicy>();
    public DbSet<Controls.FilePin> FilePins => Set<Controls.FilePin>();
    public DbSet<Controls.StoredBudgetStanding> BudgetStandings => Set<Controls.StoredBudgetStanding>();
    public DbSet<Reservation> Reservations => Set<Reservation>();
    public DbSet<StoredForecast> Forecasts => Set<StoredForecast>();
    public DbSet<QuotaCount> QuotaCounts => Set<QuotaCount>();
    public DbSet<StoredDecision> Decisions => Set<StoredDecision>();
    public DbSet<DecisionResponse> DecisionResponses => Set<DecisionResponse>();
    public DbSet<StoredAlertRule> AlertRules => Set<StoredAlertRule>();
    public DbSet<AlertFiring> AlertFirings => Set<AlertFiring>();
    public DbSet<InboxNotice> InboxNotices => Set<InboxNotice>();
    public DbSet<StoredQuietHours> QuietHours => Set<StoredQuietHours>();
    public DbSet<WebhookEndpoint> WebhookEndpoints => Set<WebhookEndpoint>();
    public DbSet<OutgoingEvent> OutgoingEvents => Set<OutgoingEvent>();
    public DbSet<OutgoingMessage> OutgoingMessages => Set<OutgoingMessage>();
    public DbSet<DeliveryAttempt> DeliveryAttempts => Set<DeliveryAttempt>();
    public DbSet<Dispute> Disputes => Set<Dispute>();
    public DbSet<DecisionStage> DecisionStages => Set<DecisionStage>();
    public DbSet<RuleVersion> RuleVersions => Set<RuleVersion>();
    public DbSet<RuleReplay> RuleReplays => Set<RuleReplay>();
    public DbSet<RuleReplayAsk> RuleReplayAsks => Set<RuleReplayAsk>();
    public DbSet<ShadowVerdict> ShadowVerdicts => Set<ShadowVerdict>();
    public DbSet<BulkAction> BulkActions => Set<BulkAction>();
    public DbSet<BulkItem> BulkItems => Set<BulkItem>();
    public DbSet<PoolCapacity> PoolCapacities => Set<PoolCapacity>();
    public DbSet<PoolReading> PoolReadings => Set<PoolReading>();
    public DbSet<JobRun> JobRuns => Set<JobRun>();
    public DbSet<AuditEntry> Audit => Set<AuditEntry>();

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        // The passkeys of Identity's third schema, without its shorter keys: said here, where every context sees them, with services or without.
        builder.Entity<InsightsUser>().HasMany<IdentityUserPasskey<string>>().WithOne().HasForeignKey(p => p.UserId).IsRequired();
        builder.Entity<IdentityUserPasskey<string>>(passkey =>
        {
            passkey.ToTable("AspNetUserPasskeys");
            passkey.HasKey(p => p.CredentialId);
            passkey.Property(p => p.CredentialId).HasMaxLength(1024);
            passkey.OwnsOne(p => p.Data).ToJson();
        });
        builder.ApplyConfigurationsFromAssembly(typeof(InsightsDbContext).Assembly);
        // Keys are compared ordinally everywhere.
        foreach (var property in builder.Model.GetEntityTypes().Where(t => t.ClrType.Namespace?.StartsWith("OpenMeet", StringComparison.Ordinal) == true)
                     .SelectMany(t => t.GetProperties()).Where(p => p.ClrType == typeof(string) && p.GetColumnType() != "jsonb"))
        {
            property.SetCollation("C");
        }
    }
}

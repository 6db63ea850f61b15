using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Delivery;
using OpenMeet.Insights.Infrastructure.Demo;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Infrastructure.Forecasting;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Quotas;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Infrastructure.Webhooks;

namespace OpenMeet.Insights.Infrastructure;

/// <summary>What the portal gets from here: one line for each thing.</summary>
public static class InfrastructureServices
{
    /// <summary>Adds the database and everything that stands on it.</summary>
    public static IServiceCollection AddInfrastructure(this IServiceCollection services, string connectionString)
    {
        services.AddSingleton(_ => InsightsDatabase.BuildDataSource(connectionString));
        services.AddDbContextFactory<InsightsDbContext>((provider, options) =>
            InsightsDatabase.Configure(options, provider.GetRequiredService<Npgsql.NpgsqlDataSource>()));
        services.AddDataProtection().SetApplicationName("openmeet-insights").PersistKeysToDbContext<InsightsDbContext>();

        services.AddHostedService<Jobs.JobRunner>();
        services.AddSingleton<TenantStore>();
        services.AddSingleton<ServiceKeyStore>();
        services.AddSingleton<DirectoryReports>();
        services.AddSingleton<DirectoryStore>();

        services.AddSingleton<MeteringMetrics>();
        services.AddSingleton<MeterCatalog>();
        services.AddSingleton<MeterBackfill>();
        services.AddHostedService(provider => provider.GetRequiredService<MeterBackfill>());
        services.AddSingleton<MeterStore>();
        services.AddSingleton<RollupTiers>();
        services.AddSingleton(provider => provider.GetRequiredService<RollupTiers>().Job);
        services.AddSingleton<MeterReports>();
        services.AddSingleton<PerformanceReports>();
        services.AddSingleton<EventReports>();
        services.AddSingleton<EventVoids>();
        services.AddSingleton<Recount>();
        services.AddSingleton<NightlyRecount>();
        services.AddSingleton(provider => provider.GetRequiredService<NightlyRecount>().Job);
        services.TryAddSingleton(new LedgerSettings());
        services.AddSingleton<EventLedger>();
        services.AddHostedService(provider => provider.GetRequiredService<EventLedger>());
        services.AddHostedService<StandingMetrics>();

        services.AddSingleton<UsageReports>();
        services.AddSingleton<StatementReports>();
        services.AddSingleton<PlanStore>();
        services.AddSingleton<PlanImpact>();
        services.AddSingleton<PeriodStore>();
        services.AddSingleton<PeriodCloser>();
        services.AddSingleton(provider => provider.GetRequiredService<PeriodCloser>().Job);
        services.AddSingleton<CostReports>();
        services.AddSingleton<DailyCostReports>();
        services.AddSingleton<DailyUsageReports>();
        services.AddSingleton<AccountMarkReports>();
        services.AddSingleton<FleetReports>();
        services.TryAddSingleton(new BulkSettings());
        services.AddSingleton<BulkDryRun>();
        services.AddSingleton<BulkStore>();
        services.AddSingleton<BulkReports>();
        services.AddSingleton<BulkWork>();
        services.AddSingleton(provider => provider.GetRequiredService<BulkWork>().Job);
        services.AddSingleton<Capacity.CapacityStore>();
        services.AddSingleton<Capacity.CapacityReports>();
        services.AddSingleton<Capacity.CapacityWatch>();
        services.AddSingleton(provider => provider.GetRequiredService<Capacity.CapacityWatch>().Job);
        services.AddHostedService<Capacity.CapacityGauge>();
        services.AddSingleton<AttributionWatch>();
        services.AddSingleton(provider => provider.GetRequiredService<AttributionWatch>().Job);
        services.AddSingleton<AuditReports>();
        services.AddSingleton<Views.ViewStore>();
        services.AddSingleton<Feedback.FeedbackStore>();
        services.AddSingleton<CostStore>();
        services.AddSingleton<Storage.StorageReports>();
        services.AddSingleton<Storage.GroupStorageReports>();
        services.AddSingleton<Storage.MemberStorageReports>();
        services.AddSingleton<Storage.KeepingReports>();
        services.AddSingleton<Storage.AnomalyReports>();
        services.AddSingleton<Community.CommunityHistories>();
        services.AddSingleton<Community.CommunityReports>();
        services.AddSingleton<Community.PeriodReports>();
        services.AddSingleton<Community.RetentionReports>();
        services.AddSingleton<Community.GatheringReports>();
        services.AddSingleton<Community.ConversationReports>();
        services.AddSingleton<Community.ContributorReports>();
        services.AddSingleton<Community.HealthReports>();
        services.AddSingleton<Community.ResourceReports>();
        services.AddSingleton<Community.NetworkReports>();
        services.AddSingleton<Community.MemberListStore>();
        services.AddSingleton<Controls.GroupPolicyReports>();
        services.AddSingleton<Controls.GroupPolicyStore>();
        services.AddSingleton<Controls.GroupBudgets>();
        services.AddSingleton<Controls.BudgetWatch>();
        services.AddSingleton<Controls.RetentionReports>();
        services.AddSingleton<Controls.FilePinStore>();
        services.AddSingleton<Controls.ImageReports>();
        services.AddSingleton<QuotaStore>();
        services.AddSingleton<OverrideStore>();
        services.AddSingleton<QuotaCensus>();
        services.AddSingleton(provider => provider.GetRequiredService<QuotaCensus>().Job);
        services.AddHostedService<QuotaGauge>();
        services.AddSingleton<ForecastReports>();
        services.AddSingleton<ForecastBacktest>();
        services.AddSingleton(provider => provider.GetRequiredService<ForecastBacktest>().Job);
        services.AddSingleton<PlanEffects>();
        services.AddSingleton<PlanWithdrawal>();
        services.AddSingleton<UpgradeRules>();
        services.AddSingleton<DecisionFunnel>();
        services.AddSingleton<DecisionEvidence>();
        services.AddSingleton<DecisionAccounts>();
        services.AddSingleton<UpgradeDecisions>();
        services.AddSingleton<WayReports>();
        services.AddSingleton<AskProofs>();
        services.AddSingleton<AskReports>();
        services.AddSingleton<AskFollowUp>();
        services.AddSingleton<RuleReplays>();
        services.AddSingleton<RuleReports>();
        services.AddSingleton<NightlyDecisions>();
        services.AddSingleton(provider => provider.GetRequiredService<NightlyDecisions>().Job);
        services.AddSingleton(provider => provider.GetRequiredService<RuleReplays>().Job);

        services.TryAddSingleton(new MailSettings(null));
        services.TryAddSingleton(new WebhookSettings());
        services.AddSingleton<Mailer>();
        services.AddSingleton<WebhookTargets>();
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<WebhookSecrets>();
        services.AddSingleton<WebhookStore>();
        services.AddSingleton<DeliveryMetrics>();
        services.AddSingleton<Deliveries>();
        services.AddSingleton<AlertReadings>();
        services.AddSingleton<AlertTelling>();
        services.AddSingleton<AlertTests>();
        services.AddSingleton<LimitNotices>();
        services.AddSingleton<AlertEvaluation>();
        services.AddSingleton<AlertStore>();
        services.AddSingleton<AlertReports>();
        services.AddSingleton(provider => provider.GetRequiredService<AlertEvaluation>().Job);
        services.AddSingleton(provider => provider.GetRequiredService<Deliveries>().Job);
        services.AddSingleton<DemoFill>();
        return services;
    }
}

using NodaTime;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Community;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;

namespace OpenMeet.Insights.Infrastructure.Alerts;

/// <summary>What stands now of what rules watch: by the very reports that the pages show.</summary>
public sealed class AlertReadings(UsageReports usage, CostReports costs, DailyCostReports daily, StatementReports statements, CommunityReports community, TimeProvider time)
{
    private UsageReports Usage { get; } = usage;
    private CostReports Costs { get; } = costs;
    private DailyCostReports Daily { get; } = daily;
    private StatementReports Statements { get; } = statements;
    private CommunityReports Community { get; } = community;
    private TimeProvider Time { get; } = time;

    /// <summary>Opens an account; each report is asked once at most, however many rules there are.</summary>
    public AccountReadings Of(Tenant tenant, string account) => new(this, tenant, account);

    /// <summary>What stands of one account.</summary>
    public sealed class AccountReadings(AlertReadings reports, Tenant tenant, string account)
    {
        private readonly Instant _now = Instant.FromDateTimeOffset(reports.Time.GetUtcNow());
        private readonly string _key = account[(account.IndexOf(':', StringComparison.Ordinal) + 1)..];
        private readonly bool _isGroup = account.StartsWith("group:", StringComparison.Ordinal);
        private Task<AccountUsage?>? _usage;
        private Task<AccountCosts?>? _costs;
        private Task<AccountStatement?>? _statement;
        private Task<GroupCommunity?>? _community;

        /// <summary>The month of now.</summary>
        public BillingPeriod Period => BillingPeriod.Containing(_now, tenant.Zone);

        /// <summary>What a rule watches; unknown where it cannot be told, such as while a meter is being counted.</summary>
        public async Task<AlertReading> ReadAsync(AlertRule rule, CancellationToken cancel)
        {
            try
            {
                return rule.Subject switch
                {
                    AlertSubject.Share or AlertSubject.Value or AlertSubject.Forecast => await MeterAsync(rule.Meter!, cancel),
                    AlertSubject.Cost => await MoneyAsync(rule, cancel),
                    AlertSubject.Budget => await BudgetAsync(rule, cancel),
                    _ => await CommunityAsync(rule.Metric!, cancel),
                };
            }
            catch (Exception e) when (e is StillCountingException or MixedCurrenciesException)
            {
                return AlertReading.Unknown;
            }
        }

        private async Task<AlertReading> MeterAsync(string meter, CancellationToken cancel)
        {
            var found = await (_usage ??= _isGroup ? reports.Usage.GroupAsync(tenant, _key, Period.Range, byMember: false, cancel) : reports.Usage.UserAsync(tenant, _key, Period.Range, cancel));
            return found?.Meters.FirstOrDefault(r => r.Meter.Slug == meter) is not { } row ? AlertReading.Unknown
                : new AlertReading(row.Used ?? (row.Meter.Aggregation == Aggregation.TimeWeightedSum ? row.Level : row.Value), row.Limit, row.Meter.Unit, row.Reaches);
        }

        private async Task<AlertReading> MoneyAsync(AlertRule rule, CancellationToken cancel)
        {
            var unit = tenant.CurrencyAt(_now);
            if (rule.Money == AlertMoney.Charge)
            {
                var statement = await (_statement ??= _isGroup ? reports.Statements.GroupAsync(tenant, _key, Period, cancel) : reports.Statements.UserAsync(tenant, _key, Period, cancel));
                // Who is paid for by somebody else is charged nothing that could be told here.
                return new AlertReading(statement is { PaidBy: null } own ? own.Statement.Total : null, null, unit);
            }
            var cost = await (_costs ??= _isGroup ? reports.Costs.GroupAsync(tenant, _key, Period.Range, cancel) : reports.Costs.UserAsync(tenant, _key, Period.Range, cancel));
            return new AlertReading(cost?.UnitRateTotal.Value, null, unit);
        }

        private async Task<AlertReading> BudgetAsync(AlertRule rule, CancellationToken cancel)
        {
            var reading = await MoneyAsync(rule, cancel) with { Against = rule.Amount };
            return rule is { WithForecast: true, Money: AlertMoney.Cost } ? reading with { AtPeriodEnd = await ExpectedCostAsync(cancel) } : reading;
        }

        // The days before today as they cost, carried on to the month's end as a flow is.
        private async Task<decimal?> ExpectedCostAsync(CancellationToken cancel)
        {
            var today = _now.InZone(tenant.Zone).Date;
            var start = tenant.Zone.AtStartOfDay(today.PlusDays(-FlowForecast.WeekdayWindowDays)).ToInstant();
            if (await reports.Daily.AccountAsync(tenant, account, new TimeRange(start, tenant.Zone.AtStartOfDay(today).ToInstant()), cancel) is not { } costs) return null;
            var days = costs.Days.SkipWhile(d => d.Total is null or { Value: 0 }).Select(d => (d.Day, d.Total?.Value ?? 0m)).ToList();
            var forecast = FlowForecast.Fit(days, Period.Range.From.InZone(tenant.Zone).Date, Period.Range.To.InZone(tenant.Zone).Date);
            return forecast.IsFitted ? forecast.Expected : null;
        }

        private async Task<AlertReading> CommunityAsync(string metric, CancellationToken cancel)
        {
            if (!_isGroup) return AlertReading.Unknown;
            if (await (_community ??= reports.Community.GroupAsync(tenant, new CommunityQuestion(_key, today => DayWindow.Ending(today, CommunityMetric.Days)), cancel)) is not { } group) return AlertReading.Unknown;
            var attendance = group.Now.Gatherings.Attendance;
            decimal? value = metric switch
            {
                "active_members" => group.Now.Active,
                "members" => group.Now.Members.AtEnd,
                "messages" => group.Now.Messages,
                "rsvps" => group.Rsvps,
                "attendance" when attendance.Yes > 0 => 100m * attendance.Came / attendance.Yes,
                _ => null,
            };
            return new AlertReading(value, null, CommunityMetric.Find(metric)?.Unit ?? "");
        }
    }
}

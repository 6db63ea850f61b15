using NodaTime;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Forecasting;

namespace OpenMeet.Insights.Tests.Alerts;

public sealed class AlertRuleTests
{
    private static readonly LocalDate Today = new(2026, 11, 23);

    private static AlertRule Share(params decimal[] thresholds) => new(AlertSubject.Share, "storage", null, null, false, thresholds);

    private static AlertReading Used(decimal? value, decimal? limit) => new(value, limit, "bytes");

    private static string Due(AlertRule rule, AlertReading reading, params AlertStep[] told) => string.Join(' ', rule.Due(reading, told).Select(s => (s.IsForecast ? "forecast" : "") + s.Threshold));

    [Theory]
    [InlineData(749, "")]
    [InlineData(750, "75")]
    [InlineData(899, "75")]
    [InlineData(900, "90")]
    [InlineData(1000, "100")]
    [InlineData(5000, "100")]
    public void The_sharpest_threshold_that_is_passed_is_told_and_the_others_are_not(int used, string due) => Assert.Equal(due, Due(Share(75, 90, 100), Used(used, 1000)));

    [Fact]
    public void What_was_told_is_not_told_again_nor_anything_blunter()
    {
        Assert.Equal("", Due(Share(75, 90, 100), Used(950, 1000), new AlertStep(90)));
        Assert.Equal("", Due(Share(75, 90, 100), Used(800, 1000), new AlertStep(90)));
        Assert.Equal("100", Due(Share(75, 90, 100), Used(1000, 1000), new AlertStep(75), new AlertStep(90)));
    }

    [Fact]
    public void Without_a_limit_or_a_value_nothing_is_told()
    {
        Assert.Equal("", Due(Share(75), Used(800, null)));
        Assert.Equal("", Due(Share(75), Used(null, 1000)));
        Assert.Equal("", Due(Share(75), Used(800, 0)));
        Assert.Equal("", Due(new AlertRule(AlertSubject.Community, null, "active_members", null, true, [10]), AlertReading.Unknown));
    }

    [Theory]
    [InlineData(LimitDateOutcome.Dated, 20, "30")]
    [InlineData(LimitDateOutcome.Dated, 5, "7")]
    [InlineData(LimitDateOutcome.Dated, 31, "")]
    [InlineData(LimitDateOutcome.Reached, 0, "7")]
    [InlineData(LimitDateOutcome.NotGrowing, null, "")]
    [InlineData(LimitDateOutcome.TooLittleData, null, "")]
    [InlineData(LimitDateOutcome.MoreThanAYear, null, "")]
    public void A_forecast_is_told_by_the_days_of_its_middle(LimitDateOutcome outcome, int? days, string due)
    {
        var reaches = new LimitDate(outcome, null, days is { } n ? Today.PlusDays(n) : null, null, null, days, null, 28, 14);
        var rule = new AlertRule(AlertSubject.Forecast, "storage", null, null, false, [7, 30]);
        Assert.Equal(due, Due(rule, Used(800, 1000) with { Reaches = reaches }));
        if (due == "30") Assert.Equal("", Due(rule, Used(800, 1000) with { Reaches = reaches }, new AlertStep(7)));
    }

    [Fact]
    public void A_budget_speaks_of_what_is_used_and_of_what_is_expected_each_once()
    {
        var rule = new AlertRule(AlertSubject.Budget, null, null, AlertMoney.Cost, false, [75, 90, 100], 50, WithForecast: true);
        var reading = new AlertReading(40, 50, "USD", null, 61.20m);
        Assert.Equal("75 forecast100", Due(rule, reading));
        Assert.Equal("75", Due(rule, reading, new AlertStep(100, IsForecast: true)));
        Assert.Equal("100", Due(rule, reading with { Value = 55 }));
        Assert.Equal("75", Due(rule, reading with { AtPeriodEnd = 50 }));
        Assert.Equal("75", Due(rule, reading with { AtPeriodEnd = null }));
        Assert.Equal("75", Due(rule with { WithForecast = false }, reading));
    }

    [Fact]
    public void Below_is_told_below_and_fewer_is_sharper()
    {
        var rule = new AlertRule(AlertSubject.Community, null, "active_members", null, true, [5, 10]);
        Assert.Equal("", Due(rule, new AlertReading(10, null, "people")));
        Assert.Equal("10", Due(rule, new AlertReading(9, null, "people")));
        Assert.Equal("5", Due(rule, new AlertReading(4, null, "people")));
        Assert.Equal("", Due(rule, new AlertReading(9, null, "people"), new AlertStep(5)));
        Assert.Equal("10", Due(rule with { Below = false }, new AlertReading(10, null, "people")));
    }

    [Fact]
    public void An_alert_names_rule_value_and_threshold_in_plain_words()
    {
        var rule = Share(75, 90, 100);
        var reading = Used(22_800_000_000m, 25_000_000_000m);
        Assert.Equal("Storage at 75, 90 and 100 % of the limit", AlertText.Describe(rule, "Storage", "bytes"));
        Assert.Equal("Storage: 90 % of the limit is used", AlertText.Title(rule, new AlertStep(90), reading, "Storage"));
        Assert.Equal("22.8 GB of 25 GB (91.2 %) used.", AlertText.Detail(rule, reading, Today));
        Assert.Equal("22.8 GB used; there is no limit now.", AlertText.Detail(rule, reading with { Against = null }, Today));

        var budget = new AlertRule(AlertSubject.Budget, null, null, AlertMoney.Cost, false, [90], 50, WithForecast: true);
        var money = new AlertReading(12.3m, 50m, "USD", null, 61.2m);
        Assert.Equal("Budget of 50.00 USD a month (cost) at 90 %, and when it is forecast to be passed", AlertText.Describe(budget, "", "USD"));
        Assert.Equal("The budget of 50.00 USD is forecast to be passed before the month ends", AlertText.Title(budget, new AlertStep(100, true), money, ""));
        Assert.Equal("12.30 USD of 50.00 USD (24.6 %) so far, by unit rates, as the cost page shows it; 61.20 USD expected at the month's end.", AlertText.Detail(budget, money, Today));
    }
}

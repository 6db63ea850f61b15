using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>A statement as it is frozen: everything that it shows, as values.</summary>
internal sealed record FrozenDocument(string? PaidBy, string? Plan, int? PlanVersion, string? PlanName, string Currency, IReadOnlyList<StatementLine> Lines)
{
    public static FrozenDocument Of(AccountStatement s) => new(s.PaidBy, s.Statement.Plan, s.Statement.PlanVersion, s.PlanName, s.Statement.Currency.Code, s.Statement.Lines);

    public AccountStatement ToStatement(string account, string name, BillingPeriod period) =>
        new(account, name, period, PaidBy, new Statement(Plan, PlanVersion, new Currency(Currency), Lines), PlanName, IsClosed: true);
}

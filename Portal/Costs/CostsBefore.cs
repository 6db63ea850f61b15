using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Costs;

/// <summary>A cost in its two views.</summary>
/// <param name="Currency">Of both.</param>
/// <param name="Bills">By real bills; null where none was entered.</param>
/// <param name="UnitRates">By unit rates.</param>
public sealed record CostViews(Currency Currency, Amount? Bills, Amount UnitRates);

/// <summary>The days that a range's cost is set beside. Only as many days are held against them as have begun: a running month is not a whole one.</summary>
/// <param name="From">First day.</param>
/// <param name="To">Last day.</param>
/// <param name="Now">The begun days of the range.</param>
/// <param name="Then">The days before.</param>
/// <param name="Daily">The days before, one by one; null for too many.</param>
public sealed record CostsBefore(DateOnly From, DateOnly To, CostViews Now, CostViews Then, DailyCosts? Daily)
{
    /// <summary>Reads both sides; null for no comparison, and where they are of two currencies.</summary>
    public static async Task<CostsBefore?> ReadAsync(
        Tenant tenant, ViewedRange viewed, Func<TimeRange, Task<CostViews?>> costsAsync, Func<TimeRange, Task<DailyCosts?>> dailyAsync)
    {
        if (viewed.Before is not { } days) return null;
        var (from, to) = viewed.Choice.Resolve(viewed.Today);
        var begun = ViewedRange.Days(tenant, from, to < viewed.Today ? to : viewed.Today);
        var before = ViewedRange.Days(tenant, days.From, days.To);
        if (tenant.InOneCurrency(begun) != begun || tenant.InOneCurrency(before) != before) return null;
        return await costsAsync(begun) is { } now && await costsAsync(before) is { } then && now.Currency == then.Currency
            ? new CostsBefore(days.From, days.To, now, then, await dailyAsync(before))
            : null;
    }

    /// <summary>"Before, 6 Oct to 1 Nov: 8.10; +12 %" by bills, where both sides have them.</summary>
    public string? ByBills => Now.Bills is { } now && Then.Bills is { } then ? Text(now, then) : null;

    /// <summary>The same by unit rates.</summary>
    public string ByUnitRates => Text(Now.UnitRates, Then.UnitRates);

    private string Text(Amount now, Amount then) =>
        $"{Formats.Days(From, To)}: {Formats.MoneyFigure(then)}{(then.Value == 0 ? "" : "; " + Formats.PercentChange((now.Value - then.Value) / Math.Abs(then.Value)))}";
}

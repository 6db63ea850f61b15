using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Community;

/// <summary>What somebody may see of a group of the network.</summary>
/// <param name="Group">Its present slug.</param>
/// <param name="SeesUsage">Storage too.</param>
/// <param name="SeesMoney">Costs too.</param>
public sealed record NetworkRight(string Group, bool SeesUsage, bool SeesMoney);

/// <summary>One group of the network.</summary>
/// <param name="Right">What may be seen of it.</param>
/// <param name="Name">Its name.</param>
/// <param name="Now">28 days up to the last whole day on its clock.</param>
/// <param name="Before">The 28 days before.</param>
/// <param name="Storage">Bytes now; null where that may not be seen.</param>
/// <param name="Cost">Of the last whole month; null where it may not be seen or is unknown.</param>
/// <param name="ByBills">Whether the cost is its share of real bills; else use times unit rates.</param>
/// <param name="ActiveInMonth">People who took part in that month.</param>
/// <param name="Health">Its health.</param>
public sealed record NetworkRow(
    NetworkRight Right, string Name, PeriodFigures Now, PeriodFigures Before, decimal? Storage, Amount? Cost, bool ByBills, int ActiveInMonth, HealthScore Health)
{
    /// <summary>What one active person cost in that month; null where nobody was active or the cost is unknown.</summary>
    public Amount? CostPerActive => Cost is { } cost && ActiveInMonth > 0 ? new Amount(cost.Value / ActiveInMonth, cost.Currency) : null;
}

/// <summary>Several groups beside each other. People are counted once, in however many groups they are.</summary>
/// <param name="Rows">By name.</param>
/// <param name="Members">People who are a member of any.</param>
/// <param name="Active">People who took part in any, in the 28 days.</param>
/// <param name="ActiveBefore">The same in the 28 days before.</param>
/// <param name="ActiveInMonth">The same in the month of the costs.</param>
/// <param name="Month">The month of the costs.</param>
/// <param name="ReadAt">What is later is not in it.</param>
public sealed record Network(IReadOnlyList<NetworkRow> Rows, int Members, int Active, int ActiveBefore, int ActiveInMonth, BillingPeriod Month, Instant ReadAt);

/// <summary>The groups that somebody runs, beside each other.</summary>
public sealed class NetworkReports(CommunityHistories histories, CostReports costs, NpgsqlDataSource dataSource)
{
    private const string LevelsSql = "SELECT carrier, sum(delta) FROM storage_delta WHERE tenant_id = $1 AND carrier = ANY($2) AND time <= $3 GROUP BY 1";

    /// <summary>The groups that a person may see, with what may be seen of each.</summary>
    public async Task<Network> ReadAsync(Tenant tenant, IReadOnlyList<NetworkRight> rights, Instant now, CancellationToken cancel)
    {
        var month = BillingPeriod.Containing(now, tenant.Zone).Previous();
        var costing = rights.Any(r => r.SeesMoney) ? CostsAsync(tenant, month, cancel) : Task.FromResult<MonthCosts?>(null);
        var told = histories.GroupsAsync(tenant, [.. rights.Select(r => r.Group)], cancel);
        await Task.WhenAll(costing, told);
        var (cost, readings) = (await costing, await told);
        var levels = await LevelsAsync(tenant, [.. readings.Where(r => rights.Single(x => x.Group == r.Key).SeesUsage).SelectMany(r => r.Slugs)], now, cancel);
        var ofMonths = await histories.ActiveAsync(tenant.Id, readings, month.Range, cancel);
        var (active, before, inMonth, members) = (New(), New(), New(), New());
        var rows = new List<NetworkRow>();
        foreach (var reading in readings)
        {
            var (right, history) = (rights.Single(r => r.Group == reading.Key), reading.Whole);
            var window = DayWindow.Ending(history.LastWhole, 28);
            var ofMonth = ofMonths[reading.Key];
            members.UnionWith(history.Members.At(now));
            active.UnionWith(history.Activity.Who(ActionStep.TookPart, window));
            before.UnionWith(history.Activity.Who(ActionStep.TookPart, window.Before));
            inMonth.UnionWith(ofMonth);
            rows.Add(new NetworkRow(
                right, reading.Name, PeriodFigures.Of(history, history, window), PeriodFigures.Of(history, history, window.Before), right.SeesUsage ? reading.Slugs.Sum(slug => levels.GetValueOrDefault("group:" + slug)) : null,
                right.SeesMoney && cost is { } known ? known.Of("group:" + reading.Key) : null, cost?.ByBills ?? false, ofMonth.Count, HealthScore.Of(history, new Dictionary<string, decimal>())));
        }
        return new Network(rows, members.Count, active.Count, before.Count, inMonth.Count, month, now);

        static HashSet<string> New() => new(StringComparer.Ordinal);
    }

    private async Task<Dictionary<string, decimal>> LevelsAsync(Tenant tenant, IReadOnlyList<string> slugs, Instant now, CancellationToken cancel)
    {
        var levels = new Dictionary<string, decimal>(StringComparer.Ordinal);
        await using var select = dataSource.CreateCommand(LevelsSql);
        select.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = tenant.Id }, new() { Value = slugs.Select(s => "group:" + s).ToArray() }, SqlValue.Time(now) });
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) levels[rows.GetString(0)] = rows.GetQuantity(1).ToDecimal();
        return levels;
    }

    private sealed record MonthCosts(bool ByBills, PlatformCosts Costs)
    {
        public Amount? Of(string account) => Costs.Items.FirstOrDefault(c => c.Account == account) is { } item ? ByBills ? item.Pools : item.UnitRates : Amount.Zero(Costs.Currency);
    }

    private async Task<MonthCosts?> CostsAsync(Tenant tenant, BillingPeriod month, CancellationToken cancel)
    {
        if (tenant.CurrencyChangeIn(month.Range) is not null) return null;
        var all = await costs.PlatformAsync(tenant, month.Range, "group", acted: false, cancel);
        return all.Bills.Count == 0 && all.UnitRates.Value == 0 ? null : new MonthCosts(all.Bills.Count > 0, all);
    }
}

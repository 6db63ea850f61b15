using System.Globalization;
using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;

namespace OpenMeet.Insights.Tests.Forecasting;

/// <summary>
/// How often the 80 % range holds what comes, on simulated histories of fixed seeds. The tables are those of docs/forecasting.md.
/// </summary>
public sealed class CalibrationTests(ITestOutputHelper output)
{
    private const int Histories = 500;
    private const double Least = 0.72;
    private const double Most = 0.88;
    private static readonly int[] Horizons = [7, 28, 45];
    private static readonly int[] DaysOver = [10, 15, 20];
    private static readonly LocalDate Month = new(2026, 4, 1);
    private static readonly LocalDate NextMonth = new(2026, 5, 1);

    [Fact]
    public void Eight_of_ten_levels_lie_in_the_range_7_28_and_45_days_ahead_in_every_family_that_is_claimed()
    {
        var table = SimulatedHistory.Stocks.Select(f => (f, Stock(f))).ToList();
        Print(["7 days", "28 days", "45 days"], table);
        AssertCovered(table);
    }

    [Fact]
    public void Eight_of_ten_months_end_in_the_range_after_a_third_a_half_and_two_thirds_of_them()
    {
        var table = SimulatedHistory.Flows.Select(f => (f, Flow(f))).ToList();
        Print(["after 10 of 30 days", "after 15", "after 20"], table);
        AssertCovered(table);
    }

    [Fact]
    public void Not_claimed_slow_swings_about_a_line_are_held_too_often_since_four_weeks_do_not_tell_them_from_growth()
    {
        var covered = Stock(SimulatedHistory.Wobble);
        Print(["7 days", "28 days", "45 days"], [(SimulatedHistory.Wobble, covered)]);
        Assert.InRange(covered[0].Held, Least, Most);
        Assert.All(covered, c => Assert.InRange(c.Held, Least, 0.97));
    }

    [Fact]
    public void Not_claimed_growth_that_dies_down_leaves_the_range_at_its_lower_end_after_more_than_a_week()
    {
        var covered = Stock(SimulatedHistory.Saturating);
        Print(["7 days", "28 days", "45 days"], [(SimulatedHistory.Saturating, covered)]);
        Assert.InRange(covered[0].Held, Least, Most);
        Assert.All(covered[1..], c => Assert.True(c.Held < Least && c.Below > 0.9 * (1 - c.Held)));
    }

    [Fact]
    public void Not_claimed_a_flow_that_grows_by_a_percent_each_day_leaves_the_range_at_its_upper_end()
    {
        var covered = Flow(SimulatedHistory.Growing);
        Print(["after 10 of 30 days", "after 15", "after 20"], [(SimulatedHistory.Growing, covered)]);
        Assert.All(covered, c => Assert.True(c.Held < Least && c.Above > 0.9 * (1 - c.Held)));
    }

    [Fact]
    public void The_middle_is_as_often_too_high_as_too_low_where_growth_goes_on_as_before()
    {
        foreach (var family in SimulatedHistory.Stocks.Where(f => f.Name is "line with noise" or "random additions" or "autocorrelated additions"))
        {
            var over = 0;
            for (var seed = 0; seed < Histories; seed++)
            {
                var (forecast, values) = Fit(family, seed);
                if ((decimal)values[SimulatedHistory.Past - 1 + 28] > forecast!.LevelAfter(28, forecast.SlopePerDay)) over++;
            }
            Assert.InRange(over / (double)Histories, 0.40, 0.66);
        }
    }

    private sealed record Coverage(double Held, double Below, double Above);

    private static Coverage[] Stock(SimulatedHistory family)
    {
        var tally = new Tally(Horizons.Length);
        for (var seed = 0; seed < Histories; seed++)
        {
            var (forecast, values) = Fit(family, seed);
            if (forecast is null) continue;
            for (var h = 0; h < Horizons.Length; h++)
            {
                var (low, high) = forecast.RangeAfter(Horizons[h]);
                tally.Add(h, low, high, (decimal)values[SimulatedHistory.Past - 1 + Horizons[h]]);
            }
        }
        return tally.Result();
    }

    private static (Forecast? Forecast, double[] Values) Fit(SimulatedHistory family, int seed)
    {
        var values = family.Of(new Chance(1_000 + seed));
        var known = Enumerable.Range(SimulatedHistory.Past - family.Levels, family.Levels).Select(i => (SimulatedHistory.Day(i), (decimal)values[i])).ToList();
        var forecast = StockForecast.Fit(known);
        return (forecast.IsFitted ? forecast : null, values);
    }

    private static Coverage[] Flow(SimulatedHistory family)
    {
        var tally = new Tally(DaysOver.Length);
        for (var seed = 0; seed < Histories; seed++)
        {
            var amounts = family.Of(new Chance(5_000 + seed)).Select(v => Math.Round((decimal)v, 6)).ToArray();
            var fact = amounts.Skip(SimulatedHistory.MonthStart).Take(30).Sum();
            for (var h = 0; h < DaysOver.Length; h++)
            {
                var end = SimulatedHistory.MonthStart + DaysOver[h];
                var known = Enumerable.Range(end - FlowForecast.WeekdayWindowDays, FlowForecast.WeekdayWindowDays).Select(i => (SimulatedHistory.Day(i), amounts[i])).ToList();
                var forecast = FlowForecast.Fit(known, Month, NextMonth);
                tally.Add(h, forecast.Low, forecast.High, fact);
            }
        }
        return tally.Result();
    }

    private static void AssertCovered(List<(SimulatedHistory Family, Coverage[] Covered)> table)
    {
        foreach (var (family, covered) in table)
        {
            foreach (var one in covered) Assert.True(one.Held is >= Least and <= Most, $"{family}: {one.Held:0.000}");
        }
        for (var h = 0; h < table[0].Covered.Length; h++) Assert.InRange(table.Average(t => t.Covered[h].Held), 0.75, 0.85);
    }

    private void Print(string[] columns, List<(SimulatedHistory Family, Coverage[] Covered)> table)
    {
        output.WriteLine("| history | " + string.Join(" | ", columns) + " |");
        output.WriteLine("| --- |" + string.Concat(columns.Select(_ => " --- |")));
        foreach (var (family, covered) in table)
            output.WriteLine($"| {family} | {string.Join(" | ", covered.Select(c => Percent(c.Held)))} |");
        if (table.Count > 1)
            output.WriteLine($"| *all together* | {string.Join(" | ", columns.Select((_, h) => Percent(table.Average(t => t.Covered[h].Held))))} |");
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");

    private sealed class Tally(int columns)
    {
        private readonly int[] _held = new int[columns];
        private readonly int[] _below = new int[columns];
        private readonly int[] _all = new int[columns];

        public void Add(int column, decimal low, decimal high, decimal fact)
        {
            _all[column]++;
            if (fact < low) _below[column]++;
            else if (fact <= high) _held[column]++;
        }

        public Coverage[] Result() => [.. Enumerable.Range(0, columns).Select(c =>
            new Coverage(_held[c] / (double)_all[c], _below[c] / (double)_all[c], (_all[c] - _held[c] - _below[c]) / (double)_all[c]))];
    }
}

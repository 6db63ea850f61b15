using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Community;

namespace OpenMeet.Insights.Tests.Community;

public sealed class RetentionTests
{
    [Fact]
    public void First_week_return_by_hand()
    {
        // Joined on the 1st: days 8 to 14. Ann on the 8th and Bob on the 14th return; Eve came on the 7th and 15th only. Dan's two weeks are not over on the 20th.
        var activity = Sample.Days("ann 8", "bob 14", "eve 7 15", "dan 14");
        (string, LocalDate)[] joins = [("ann", Sample.Day(1)), ("bob", Sample.Day(1)), ("eve", Sample.Day(1)), ("dan", Sample.Day(7))];
        var window = new DayWindow(Sample.Day(1), Sample.Day(28));
        Assert.Equal(new PartOf(2, 3), Newcomers.FirstWeekReturn(joins, activity, window, Sample.Day(20)));
        Assert.Equal(new PartOf(3, 4), Newcomers.FirstWeekReturn(joins, activity, window, Sample.Day(21)));
    }

    [Fact]
    public void A_cohort_by_hand_shows_only_weeks_that_are_whole_for_everybody()
    {
        // Joined on 1 and 3 November. Ann in week 0 and 1, Bob in week 1. On the 16th week 1 of who joined on the 3rd is over (10 to 16), week 2 is not.
        (string, LocalDate)[] joins = [("ann", Sample.Day(1)), ("bob", Sample.Day(3))];
        var grid = RetentionGrid.Of(joins, Sample.Days("ann 1 14", "bob 10 16"), byWeek: false, weeks: 4, rows: 12, Sample.Day(16));
        var row = Assert.Single(grid.Rows);
        Assert.Equal(("Nov 2026", 2), (row.Name, row.People));
        Assert.Equal([1, 2, null, null], row.Cells);
        Assert.Equal([1, null, null, null], RetentionGrid.Of(joins, Sample.Days("ann 1 14", "bob 10 16"), false, 4, 12, Sample.Day(15)).Rows[0].Cells);
    }

    [Fact]
    public void Rows_by_week_are_ISO_weeks()
    {
        var grid = RetentionGrid.Of([("ann", new LocalDate(2027, 1, 3)), ("bob", new LocalDate(2027, 1, 4))], Sample.Days(), byWeek: true, weeks: 1, rows: 12, new LocalDate(2027, 2, 1));
        Assert.Equal(["2026-W53", "2027-W01"], grid.Rows.Select(r => r.Name));
    }

    [Fact]
    public void The_mean_row_is_weighted_by_people_and_leaves_small_rows_out() =>
        Gen.Select(Gen.Int[0, 90], Gen.Int[0, 120].Array[0, 6]).Array[0, 40].Sample(raw =>
        {
            var joins = raw.Select((r, i) => ("p" + i, Sample.Day(r.Item1 - 60))).ToList();
            var activity = ActivityCalendar.Of(raw.SelectMany((r, i) => r.Item2.Select(d => ("p" + i, Sample.Day(r.Item1 - 60 + d), ActionStep.TookPart))));
            var grid = RetentionGrid.Of(joins, activity, false, 6, 12, Sample.Day(30));
            Assert.Equal(joins.Count(j => j.Item2 <= Sample.Day(30)), grid.Rows.Sum(r => r.People));
            for (var k = 0; k < 6; k++)
            {
                var whole = grid.Rows.Where(r => r.People >= 5 && r.Cells[k] is not null).ToList();
                Assert.Equal(new PartOf(whole.Sum(r => r.Cells[k]!.Value), whole.Sum(r => r.People)), grid.Mean[k]);
            }
            // A week that is over stays over: after a null there is no figure.
            Assert.All(grid.Rows, r => Assert.DoesNotContain(r.Cells.SkipWhile(c => c is not null), c => c is not null));
        });

    [Theory]
    [InlineData("30 12 8", "30 12 8")]
    [InlineData("30 3 2", "30 - -")]
    [InlineData("30 12 3", "30 - -")]
    [InlineData("30 0 3", "- 0 -")]
    [InlineData("0 0 3", "0 0 -")]
    public void Small_cells_are_hidden_with_a_second_where_one_alone_would_be_worked_out(string counts, string shown) =>
        Assert.Equal(shown, string.Join(' ', SmallCells.Hide([.. counts.Split(' ').Select(c => int.Parse(c, System.Globalization.CultureInfo.InvariantCulture))]).Select(c => c?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-")));
}

using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Controls;

namespace OpenMeet.Insights.Tests.Controls;

public sealed class RetentionTests
{
    private static readonly Gen<LocalDate> Day = Gen.Int[0, 20_000].Select(days => new LocalDate(2000, 1, 1).PlusDays(days));

    private static readonly Retention Rules = new(true, false, new Dictionary<string, KindRetention> { ["photo"] = new(12, RetentionStart.Event), [Retention.Other] = new(24) });

    [Fact]
    public void A_day_is_due_exactly_when_it_is_not_after_the_newest_day_that_is_due()
    {
        Gen.Select(Day, Gen.Int[1, Retention.MostMonths], Gen.Int[-70, 70]).Sample((today, months, off) =>
        {
            var newest = Retention.NewestDue(today, months);
            var came = newest.PlusDays(off);

            return Retention.DueOn(came, months) <= today == (came <= newest);
        });
    }

    [Fact]
    public void A_longer_time_never_makes_a_file_due_sooner()
    {
        Gen.Select(Day, Gen.Int[1, Retention.MostMonths - 1]).Sample((day, months) =>
            Retention.DueOn(day, months) < Retention.DueOn(day, months + 1) && Retention.NewestDue(day, months) > Retention.NewestDue(day, months + 1));
    }

    [Theory]
    // The shorter month is reached by four days of the longer one.
    [InlineData("2025-02-28", 1, "2025-01-31")]
    [InlineData("2025-02-27", 1, "2025-01-27")]
    [InlineData("2024-02-29", 12, "2023-02-28")]
    [InlineData("2025-02-28", 12, "2024-02-29")]
    [InlineData("2025-11-20", 6, "2025-05-20")]
    public void Months_end_where_the_calendar_has_them_end(string today, int months, string newest)
    {
        static LocalDate Read(string text) => NodaTime.Text.LocalDatePattern.Iso.Parse(text).Value;
        Assert.Equal(Read(newest), Retention.NewestDue(Read(today), months));
    }

    [Fact]
    public void A_kind_has_its_own_line_else_the_one_of_all_others_else_it_is_kept()
    {
        Assert.Equal(new KindRetention(12, RetentionStart.Event), Rules.Of("photo"));
        Assert.Equal(24, Rules.Of("video")!.Months);
        Assert.Equal(24, Rules.Of(null)!.Months);
        Assert.Null((Rules with { Kinds = new Dictionary<string, KindRetention> { ["photo"] = new(12) } }).Of(null));
    }

    [Fact]
    public void Nothing_is_handed_over_while_it_is_off_or_a_legal_hold_is_on()
    {
        Assert.True(Rules.Deletes);
        Assert.False((Rules with { On = false }).Deletes);
        Assert.False((Rules with { LegalHold = true }).Deletes);
    }

    [Fact]
    public void The_effect_says_bytes_files_the_oldest_the_bin_and_who_is_told()
    {
        var effect = new RetentionEffect([new DueKind("video", 400, 3_000_000_000m), new DueKind(null, 12, 100_000_000m)], new LocalDate(2025, 1, 4));

        Assert.Equal("frees 3.1 GB, 412 files, the oldest of 2025-01-04; 14 days in the bin; the owner is told", effect.Sentence);
        Assert.Equal("frees nothing now: no file is due", RetentionEffect.Nothing.Sentence);
    }
}

using NodaTime;

namespace OpenMeet.Insights.Tests.Forecasting;

/// <summary>A way in which a meter may go, of which any number of histories can be made.</summary>
/// <param name="Name">In words.</param>
/// <param name="Of">Daily values from a source of chance.</param>
/// <param name="Levels">For a stock, how many levels are known when the forecast is made.</param>
internal sealed record SimulatedHistory(string Name, Func<Chance, double[]> Of, int Levels = 60)
{
    /// <summary>Days before the forecast is made.</summary>
    public const int Past = 120;

    /// <summary>Days of a history.</summary>
    public const int Days = Past + 45;

    public override string ToString() => Name;

    /// <summary>Levels of storage whose growth the method claims to cover.</summary>
    public static readonly SimulatedHistory[] Stocks =
    [
        new("line with noise", c => { var (b, s) = (20 + (80 * c.Even()), 0.3 + (2 * c.Even())); return Each(i => 5_000 + (b * i) + (b * s * c.Normal())); }),
        new("random additions", c => { var mean = 20 + (80 * c.Even()); return Summed(_ => mean * c.Exponential()); }),
        new("random additions, 20 days known", c => { var mean = 20 + (80 * c.Even()); return Summed(_ => mean * c.Exponential()); }, Levels: 20),
        new("weekday pattern", c => { var (mean, first) = (20 + (80 * c.Even()), (int)(7 * c.Even())); return Summed(i => mean * ((i + first) % 7 >= 5 ? 3 : 0.5) * c.LogNormal(0.5)); }),
        new("bursts", c => { var mean = 10 + (20 * c.Even()); return Summed(_ => (mean * c.LogNormal(0.4)) + (c.Even() < 0.12 ? 12 * mean * c.LogNormal(0.5) : 0)); }),
        new("deletion 15 to 28 days ago", Deletion),
        new("autocorrelated additions", c => { var off = 0.0; return Summed(_ => 60 + (off = (0.5 * off) + (25 * c.Normal()))); }),
        new("sparse counts", c => { var mean = 0.3 + (0.5 * c.Even()); return Summed(_ => 10 * c.Poisson(mean)); }),
        new("flat with noise", c => Each(_ => 5_000 + (20 * c.Normal()))),
        new("neither up nor down, adding up", c => Summed(_ => 20 * c.Normal())),
    ];

    /// <summary>A level that swings slowly about a line: in four weeks it looks like one that adds up.</summary>
    public static readonly SimulatedHistory Wobble =
        new("slow swings about a line", c => { var off = 0.0; return Each(i => 5_000 + (40 * i) + (off = (0.6 * off) + (50 * c.Normal()))); });

    /// <summary>Growth that halves every one to three months.</summary>
    public static readonly SimulatedHistory Saturating =
        new("saturating", c => { var days = 40 + (80 * c.Even()); return Summed(i => 60 * Math.Exp(-(i - 90) / days) * (0.3 + (0.7 * c.Exponential()))); });

    /// <summary>Daily amounts of a flow that the method claims to cover.</summary>
    public static readonly SimulatedHistory[] Flows =
    [
        new("even with noise", c => { var mean = 50 + (100 * c.Even()); return Each(_ => Math.Max(0, mean * (1 + (0.4 * c.Normal())))); }),
        new("counts", c => { var mean = 5 + (30 * c.Even()); return Each(_ => c.Poisson(mean)); }),
        new("weekday pattern", c => { var (mean, first) = (20 + (50 * c.Even()), (int)(7 * c.Even())); return Each(i => mean * ((i + first) % 7 >= 5 ? 3 : 0.5) * c.LogNormal(0.4)); }),
        new("bursts", c => { var mean = 20 + (20 * c.Even()); return Each(_ => (mean * c.LogNormal(0.4)) + (c.Even() < 0.1 ? 8 * mean * c.LogNormal(0.5) : 0)); }),
        new("autocorrelated", c => { var off = 0.0; return Each(_ => Math.Max(0, 100 + (off = (0.5 * off) + (20 * c.Normal())))); }),
        new("sparse counts", c => { var mean = 0.3 + (0.5 * c.Even()); return Each(_ => c.Poisson(mean)); }),
        new("step to 50 % or 160 % 10 to 30 days before", Shift),
        new("saturating", c => Each(i => 100 * (1 - Math.Exp(-i / 40.0)) * c.LogNormal(0.4))),
    ];

    /// <summary>A flow that grows by a percent each day: a third more each month.</summary>
    public static readonly SimulatedHistory Growing = new("growing by 1 % a day", c => Each(i => 40 * Math.Exp(0.01 * i) * c.LogNormal(0.4)));

    private static double[] Each(Func<int, double> value) => [.. Enumerable.Range(0, Days).Select(value)];

    private static double[] Summed(Func<int, double> step)
    {
        var level = 5_000.0;
        return Each(i => level += step(i));
    }

    private static double[] Deletion(Chance chance)
    {
        var (mean, on) = (20 + (80 * chance.Even()), Past - 15 - (int)(13 * chance.Even()));
        var levels = Summed(_ => mean * (0.3 + (0.7 * chance.Exponential())));
        var gone = 0.3 * levels[on];
        return [.. levels.Select((l, i) => i < on ? l : l - gone)];
    }

    private static double[] Shift(Chance chance)
    {
        var (on, factor) = (Past - 40 + (int)(20 * chance.Even()), chance.Even() < 0.5 ? 0.5 : 1.6);
        return Each(i => 60 * (i < on ? 1 : factor) * chance.LogNormal(0.4));
    }

    /// <summary>The day of a place in a history; the forecast of a stock is made on the last of the past, a month begins after it less its part that is over.</summary>
    public static LocalDate Day(int index) => new LocalDate(2026, 4, 1).PlusDays(index - MonthStart);

    /// <summary>Where the month of flows begins.</summary>
    public const int MonthStart = Past - 10;
}

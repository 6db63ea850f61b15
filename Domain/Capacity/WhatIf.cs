using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;

namespace OpenMeet.Insights.Domain.Capacity;

/// <summary>A question about a pool: if it grew at another pace, or could hold more.</summary>
/// <param name="Pace">Of the present pace: 1 is as now, 2 twice as fast, 0 not at all.</param>
/// <param name="More">Of the present capacity: 0 is as now, 0.5 half as much again.</param>
public sealed record WhatIf(decimal Pace, decimal More)
{
    /// <summary>As it is.</summary>
    public static WhatIf AsNow { get; } = new(1, 0);

    /// <summary>
    /// The pool's outlook in that case. Each daily level is drawn nearer to the last one, or pushed away from it, so that the forecast's line and
    /// its range both become steeper or flatter by the pace.
    /// </summary>
    public PoolOutlook Of(PoolOutlook outlook, IReadOnlyList<(LocalDate Day, decimal Level)> daily)
    {
        ArgumentNullException.ThrowIfNull(outlook);
        ArgumentNullException.ThrowIfNull(daily);
        if (outlook.Capacity is not { } capacity || daily.Count == 0) return outlook;
        var last = daily[^1].Level;
        var then = capacity * (1 + More);
        return outlook with { Capacity = then, Full = StockForecast.Fit([.. daily.Select(d => (d.Day, last - ((last - d.Level) * Pace)))]).WhenReaches(then) };
    }
}

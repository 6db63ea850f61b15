using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Infrastructure.Capacity;

/// <summary>Something that the platform can run out of.</summary>
/// <param name="Key">Names it in the database, in metrics, and in <c>data.pool</c> of samples.</param>
/// <param name="Name">For people.</param>
/// <param name="Meter">The slug of the meter that fills it; null where it is only sampled (<c>pool.sampled</c>).</param>
/// <param name="IsStock">Whether it is held (bytes on a disk) rather than used up (mail in 30 days).</param>
/// <param name="Unit">Of samples; a meter has its own.</param>
public sealed record Pool(string Key, string Name, string? Meter, bool IsStock, string Unit = "")
{
    /// <summary>All pools.</summary>
    public static IReadOnlyList<Pool> All { get; } =
    [
        new("disk", "Disk", DefaultMeters.Storage, true), new("egress", "Downloads", "egress", false), new("mail", "Mail", "emails", false),
        new("database", "Database", null, true, "bytes"), new("workers", "Workers", null, true, "workers"),
    ];
}

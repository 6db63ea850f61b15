using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Jobs;

/// <summary>When a job last ran, on whichever portal.</summary>
public sealed class JobRun
{
    public required string Name { get; set; }
    public Instant StartedAt { get; set; }

    /// <summary>Null while it runs, or where its process died on the way: it is then due again.</summary>
    public Instant? FinishedAt { get; set; }

    /// <summary>What it did, or why it failed, in a sentence.</summary>
    public string? Outcome { get; set; }

    /// <summary>A figure of it for Prometheus, such as the differences that a recount found; null where there is none.</summary>
    public long? Figure { get; set; }
}

internal sealed class JobRunTable : IEntityTypeConfiguration<JobRun>
{
    public void Configure(EntityTypeBuilder<JobRun> table)
    {
        table.ToTable("job_run");
        table.HasKey(j => j.Name);
    }
}

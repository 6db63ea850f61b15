using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Forecasting;

/// <summary>A forecast as it was made one night, and later what came.</summary>
public sealed class StoredForecast
{
    public int TenantId { get; set; }
    public required string Account { get; set; }
    public required string Meter { get; set; }

    /// <summary>The last complete day that it saw, in the billing zone.</summary>
    public LocalDate MadeOn { get; set; }

    /// <summary>A level: 28 days later. A flow: the last day of the month.</summary>
    public LocalDate ForDay { get; set; }
    public decimal P10 { get; set; }
    public decimal P50 { get; set; }
    public decimal P90 { get; set; }

    /// <summary>What came; null until it is known.</summary>
    public decimal? Actual { get; set; }

    /// <summary>Made afterwards, from what was stored of the days before.</summary>
    public bool Backtested { get; set; }
}

internal sealed class ForecastTables : IEntityTypeConfiguration<StoredForecast>
{
    public void Configure(EntityTypeBuilder<StoredForecast> table)
    {
        table.ToTable("forecast_made");
        table.HasKey(f => new { f.TenantId, f.Account, f.Meter, f.MadeOn });
        table.HasIndex(f => new { f.TenantId, f.ForDay }).HasFilter("actual IS NULL");
    }
}

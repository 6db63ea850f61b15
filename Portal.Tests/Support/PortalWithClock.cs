using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using OpenMeet.Insights.Portal.Tests.Support;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>A portal whose clock the test sets; it starts on 20 November 2025, 12:00 UTC.</summary>
public sealed class PortalWithClock(PostgresServer server) : RunningPortal(server)
{
    /// <summary>The portal's clock.</summary>
    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2025, 11, 20, 12, 0, 0, TimeSpan.Zero));

    internal override void Adjust(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<TimeProvider>(Clock);
        builder.Host.UseServiceProviderFactory(new WithoutJobs());
    }
}

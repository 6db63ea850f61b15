using Microsoft.AspNetCore.Builder;
using OpenMeet.Insights.Portal.Tests.Support;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>A portal whose jobs never run beside a test, for what the test says how often is done.</summary>
public sealed class PortalWithoutJobs(PostgresServer server) : RunningPortal(server)
{
    internal override void Adjust(WebApplicationBuilder builder) => builder.Host.UseServiceProviderFactory(new WithoutJobs());
}

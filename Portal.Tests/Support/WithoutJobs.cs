using Microsoft.Extensions.DependencyInjection;
using OpenMeet.Insights.Infrastructure.Jobs;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>For a portal whose clock the test sets, or whose work it counts: jobs run when a test says so, and never beside it.</summary>
internal sealed class WithoutJobs : IServiceProviderFactory<IServiceCollection>
{
    public IServiceCollection CreateBuilder(IServiceCollection services)
    {
        services.Remove(services.Single(s => s.ImplementationType == typeof(JobRunner)));
        return services;
    }

    public IServiceProvider CreateServiceProvider(IServiceCollection containerBuilder) => containerBuilder.BuildServiceProvider();
}

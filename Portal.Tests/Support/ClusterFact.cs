using System.Runtime.CompilerServices;
using OpenMeet.Insights.Portal.Tests.Support;
using Xunit.Sdk;
using Xunit.v3;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>A test that needs a cluster: there is none of that name in a run that has no cluster.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer(typeof(ClusterFactDiscoverer))]
public sealed class ClusterFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1) : FactAttribute(sourceFilePath, sourceLineNumber);

/// <summary>Finds such tests where the run has a cluster.</summary>
public sealed class ClusterFactDiscoverer : FactDiscoverer
{
    public override ValueTask<IReadOnlyCollection<IXunitTestCase>> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, IXunitTestMethod testMethod, IFactAttribute factAttribute) =>
        PostgresServer.IsDistributed ? base.Discover(discoveryOptions, testMethod, factAttribute) : new([]);
}

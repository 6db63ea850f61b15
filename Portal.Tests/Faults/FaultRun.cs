namespace OpenMeet.Insights.Tests.Faults;

/// <summary>
/// Tests that break something: in a short form with all others, in a long one by <c>./test --faults</c>. They run one after another and
/// beside no others, since they look how soon the portal is well again.
/// </summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class FaultRun
{
    /// <summary>Whether this is the long form.</summary>
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("INSIGHTS_TEST_FAULTS") == "long";

    /// <summary>How often, or how much.</summary>
    public static int Times(int shortForm, int longForm) => IsLong ? longForm : shortForm;
}

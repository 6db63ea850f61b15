namespace OpenMeet.Insights.Portal.Account;

/// <summary>One sign-in of the demo, shown on the sign-in page.</summary>
public sealed record DemoSignIn(string Email, string Password, string Shows);

/// <summary>The demo's sign-ins; empty where the demo is off.</summary>
public sealed record DemoSignIns(IReadOnlyList<DemoSignIn> People)
{
    public static readonly DemoSignIns None = new([]);
}

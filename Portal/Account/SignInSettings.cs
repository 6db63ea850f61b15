namespace OpenMeet.Insights.Portal.Account;

/// <summary>How sign-ins are kept up.</summary>
/// <param name="CheckEvery">
/// How often a cookie and an open circuit are held against the session and the rights behind them. Twice this time is the longest that
/// an ended session or a lost role still opens something, so it stays below half a minute.
/// </param>
/// <param name="PublicAddress">The address of links in mails; null takes the one of the request.</param>
internal sealed record SignInSettings(TimeSpan CheckEvery, Uri? PublicAddress)
{
    /// <summary>After so long a change of the ways in asks for a new sign-in.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(15);

    /// <summary>How long a link of a mail opens something.</summary>
    public static readonly TimeSpan LinkLife = TimeSpan.FromHours(1);

    /// <summary>As the configuration says it.</summary>
    public static SignInSettings From(IConfiguration configuration) => new(
        TimeSpan.FromSeconds(configuration.GetValue("Insights:SignIn:CheckSeconds", 25)),
        configuration["Insights:PublicAddress"] is { Length: > 0 } address ? new Uri(address) : null);
}

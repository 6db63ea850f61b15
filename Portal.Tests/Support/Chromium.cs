using Microsoft.Playwright;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>The browser of the tests: the distribution's, or the one that INSIGHTS_TEST_CHROMIUM names.</summary>
internal static class Chromium
{
    public static Task<IBrowser> LaunchAsync(IPlaywright playwright)
    {
        // Of the whole process: whichever test is first to open a browser, all expect with the same patience.
        Assertions.SetDefaultExpectTimeout(60_000);
        return playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Environment.GetEnvironmentVariable("INSIGHTS_TEST_CHROMIUM") ?? "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            Timeout = 180_000,
        });
    }
}

using System.Text.Json;
using Microsoft.Playwright;

namespace OpenMeet.Insights.Tests.Browser;

/// <summary>What a page says, and whether it fits.</summary>
/// <param name="Text">All text of the main region, without charts.</param>
/// <param name="Sideways">How many pixels it is wider than the window.</param>
internal sealed record PageFacts(string Text, int Sideways);

/// <summary>Reads pages in the browser.</summary>
internal static class PageScript
{
    private static readonly JsonSerializerOptions Wire = new(JsonSerializerDefaults.Web);

    /// <summary>Reads the page as it stands.</summary>
    public static async Task<PageFacts> ReadAsync(IPage page) => JsonSerializer.Deserialize<PageFacts>(await page.EvaluateAsync<string>("""
        () => {
            const main = document.querySelector('main')?.cloneNode(true);
            main?.querySelectorAll('svg, script, style, .plot-area, .useful').forEach(e => e.remove());
            return JSON.stringify({
                text: (main?.textContent ?? '').replace(/\s+/g, ' ').trim(),
                sideways: document.documentElement.scrollWidth - window.innerWidth,
            });
        }
        """), Wire)!;
}

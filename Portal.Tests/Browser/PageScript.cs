using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace OpenMeet.Insights.Tests.Browser;

/// <summary>What a page says.</summary>
/// <param name="Text">All text of the main region, without charts.</param>
/// <param name="Sideways">How many pixels it is wider than the window.</param>
internal sealed record PageFacts(string Text, int Sideways)
{
    /// <summary>What stands in the place of a page that failed.</summary>
    public const string Failed = "This page could not be shown.";
}

/// <summary>Reads pages in the browser.</summary>
internal static partial class PageScript
{
    private const string TextOf = """
        const textOf = root => {
            if (!root) return '';
            const copy = root.cloneNode(true);
            copy.querySelectorAll('svg, script, style, .plot-area, .useful').forEach(e => e.remove());
            return copy.textContent.replace(/\s+/g, ' ').trim();
        };
        """;

    private static readonly JsonSerializerOptions Wire = new(JsonSerializerDefaults.Web);

    /// <summary>Reads the page as it stands.</summary>
    public static async Task<PageFacts> ReadAsync(IPage page) => JsonSerializer.Deserialize<PageFacts>(await page.EvaluateAsync<string>($$"""
        () => {
            {{TextOf}}
            return JSON.stringify({ text: textOf(document.querySelector('main')), sideways: document.documentElement.scrollWidth - window.innerWidth });
        }
        """), Wire)!;

    /// <summary>What is wider than the window, once the page has had its time to fit; null where nothing is.</summary>
    public static Task<string?> WiderAsync(IPage page) => page.EvaluateAsync<string?>("""
        () => new Promise(said => {
            let frames = 0;
            const look = () => {
                const over = document.documentElement.scrollWidth - window.innerWidth;
                if (over <= 0) { said(null); return; }
                if (++frames < 120) { requestAnimationFrame(look); return; }
                const widest = [...document.querySelectorAll('main *, header *, nav *')].find(e => e.getBoundingClientRect().right > window.innerWidth + 1);
                said(`${over} px: ${widest?.outerHTML.slice(0, 200)}`);
            };
            requestAnimationFrame(look);
        })
        """);

    /// <summary>The text of the main region now.</summary>
    public static Task<string> TextAsync(IPage page) => page.EvaluateAsync<string>($$"""() => { {{TextOf}} return textOf(document.querySelector('main')); }""");

    /// <summary>The same of a page that was sent as HTML.</summary>
    public static Task<string> TextAsync(IPage page, string html) =>
        page.EvaluateAsync<string>($$"""html => { {{TextOf}} return textOf(new DOMParser().parseFromString(html, 'text/html').querySelector('main')); }""", html);

    /// <summary>A text without what depends on the moment of looking: times of day, and how long something is ago.</summary>
    public static string Timeless(string text) => Moments().Replace(text, "~");

    /// <summary>Where two texts part, with what stands around; null where they are the same.</summary>
    public static string? Difference(string one, string other)
    {
        var (a, b) = (Timeless(one), Timeless(other));
        if (a == b) return null;
        var at = Math.Max(0, a.Zip(b).TakeWhile(p => p.First == p.Second).Count() - 30);
        return $"…{Around(a, at)}… against …{Around(b, at)}…";
    }

    private static string Around(string text, int at) => text.Substring(Math.Min(at, text.Length), Math.Min(90, text.Length - Math.Min(at, text.Length)));

    [GeneratedRegex(@"\b\d{1,2}:\d{2}(:\d{2})?(\.\d+)?\b|\b(\d+|an?) (s|sec|seconds?|min|minutes?|h|hours?)( \d+ min)? ago\b")]
    private static partial Regex Moments();
}

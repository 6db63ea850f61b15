using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using MudBlazor;
using MudBlazor.Utilities;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Tests.Layout;

public sealed partial class InsightsThemeTests
{
    [Fact]
    public void The_theme_and_the_tokens_are_one()
    {
        var tokens = Token().Matches(File.ReadAllText(TokensPath())).ToDictionary(m => m.Groups[1].Value, m => (m.Groups[2].Value, m.Groups[3].Value));
        var light = InsightsTheme.Theme.PaletteLight;
        var dark = InsightsTheme.Theme.PaletteDark;
        Assert.Equal(tokens["bg"], Pair(p => p.Background));
        Assert.Equal(tokens["surface"], Pair(p => p.Surface));
        Assert.Equal(tokens["surface-2"], Pair(p => p.BackgroundGray));
        Assert.Equal(tokens["surface-hover"], Pair(p => p.TableHover));
        Assert.Equal(tokens["line"], Pair(p => p.LinesDefault));
        Assert.Equal(tokens["control-line"], Pair(p => p.LinesInputs));
        Assert.Equal(tokens["ink"], Pair(p => p.TextPrimary));
        Assert.Equal(tokens["ink-2"], Pair(p => p.TextSecondary));
        Assert.Equal(tokens["accent"], Pair(p => p.Primary));
        Assert.Equal(tokens["on-accent"], Pair(p => p.PrimaryContrastText));
        Assert.Equal(tokens["neutral"], Pair(p => p.Secondary));
        Assert.Equal(tokens["warn"], Pair(p => p.Warning));
        Assert.Equal(tokens["limit"], Pair(p => p.Error));
        Assert.Equal(tokens["good"], Pair(p => p.Success));

        (string, string) Pair(Func<Palette, MudColor> read) => (Hex(read(light)), Hex(read(dark)));
    }

    [Theory]
    [InlineData("dark", ThemeChoice.Dark, "dark")]
    [InlineData("light", ThemeChoice.Light, "light")]
    [InlineData("system", ThemeChoice.System, null)]
    [InlineData("<script>", ThemeChoice.System, null)]
    [InlineData(null, ThemeChoice.System, null)]
    public void The_cookie_chooses_the_theme(string? cookie, ThemeChoice choice, string? attribute)
    {
        Assert.Equal(choice, ThemeChoices.Parse(cookie));
        Assert.Equal(attribute, choice.Attribute());
    }

    private static string Hex(MudColor colour) => colour.ToString(MudColorOutputFormats.Hex).ToUpperInvariant();

    private static string TokensPath([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "Portal", "wwwroot", "css", "tokens.css");

    [GeneratedRegex(@"--([\w-]+): light-dark\((#[0-9A-F]{6}), (#[0-9A-F]{6})\);")]
    private static partial Regex Token();
}

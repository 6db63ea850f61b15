using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Languages;

/// <summary>The three files of words say the same, and all that is said is in them.</summary>
public sealed partial class WordsTests
{
    private static readonly string Root = Path.GetFullPath("../..", Path.GetDirectoryName(Here())!);
    private static readonly Dictionary<string, string> English = Read("");
    private static readonly string Source = string.Concat(Sources().Select(File.ReadAllText));

    [Theory]
    [InlineData(".de")]
    [InlineData(".es")]
    public void Every_language_has_the_same_texts_with_the_same_places(string language)
    {
        var words = Read(language);
        Assert.Equal(English.Keys.Order(StringComparer.Ordinal), words.Keys.Order(StringComparer.Ordinal));
        Assert.All(words, w => Assert.Equal(Places(w.Key), Places(w.Value)));
        Assert.All(words, w => Assert.NotEqual("", w.Value));
    }

    [Fact]
    public void The_key_of_a_text_is_its_English() => Assert.All(English, w => Assert.Equal(w.Key, w.Value));

    [Fact]
    public void No_text_is_unused() =>
        Assert.DoesNotContain(English.Keys, k => !Source.Contains('"' + k + '"', StringComparison.Ordinal));

    [Fact]
    public void Everything_that_is_said_is_there()
    {
        var said = Said().Matches(Source).SelectMany(m => Literal().Matches(m.Value)).Select(m => m.Groups[1].Value).ToHashSet();
        Assert.True(said.Count > 200, $"Only {said.Count} texts were found.");
        Assert.DoesNotContain(said, s => !English.ContainsKey(s));
    }

    [Theory]
    [InlineData("en", "1 day", "7 days", "0 days")]
    [InlineData("de", "1 Tag", "7 Tagen", "0 Tagen")]
    [InlineData("es", "1 día", "7 días", "0 días")]
    public void One_is_one_and_all_else_is_many(string language, string one, string seven, string none)
    {
        using var speaking = new Speaking(language);
        Assert.Equal([one, seven, none], ((decimal[])[1, 7, 0]).Select(n => Words.Count(n, "{0} day", "{0} days")));
    }

    [Fact]
    public void What_has_no_translation_stands_as_it_is()
    {
        using var speaking = new Speaking("de");
        Assert.Equal("Speicher", Words.Named("Storage"));
        Assert.Equal("Own {0} meter", Words.Named("Own {0} meter"));
    }

    private static string[] Places(string text) => [.. Place().Matches(text).Select(m => m.Value).Order(StringComparer.Ordinal)];

    internal static Dictionary<string, string> Read(string language) =>
        XDocument.Load(Path.Combine(Root, "Portal", "Languages", $"Words{language}.resx")).Root!.Elements("data")
            .ToDictionary(d => d.Attribute("name")!.Value, d => d.Element("value")!.Value, StringComparer.Ordinal);

    private static IEnumerable<string> Sources() =>
        new[] { "Portal", "Domain" }.SelectMany(p => System.IO.Directory.EnumerateFiles(Path.Combine(Root, p), "*", SearchOption.AllDirectories))
            .Where(f => f.EndsWith(".cs", StringComparison.Ordinal) || f.EndsWith(".razor", StringComparison.Ordinal))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal));

    private static string Here([CallerFilePath] string path = "") => path;

    [GeneratedRegex("""Words\.(Say|Count)\((?:[^"(),]*\? )?"[^"]*"(?: : "[^"]*")?""")]
    private static partial Regex Said();

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex Literal();

    [GeneratedRegex("""\{\d+\}""")]
    private static partial Regex Place();
}

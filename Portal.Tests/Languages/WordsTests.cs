using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Languages;

/// <summary>The files of words say the same in every language, each text lives where it is said, and all that is said is in them.</summary>
public sealed partial class WordsTests
{
    private const string Shared = "Languages";
    private static readonly string Root = Path.GetFullPath("../..", Path.GetDirectoryName(Here())!);
    private static readonly (string Folder, string Text)[] Sources = [.. Files("*.cs", "*.razor").Select(f => (Folder(f), File.ReadAllText(f)))];
    private static readonly (string Folder, string Key)[] Said = [.. Sources.SelectMany(s => SaidIn(s.Text).Select(key => (s.Folder, key))).Distinct()];
    private static readonly Dictionary<string, string> English = Read("");

    [Theory]
    [InlineData(".de")]
    [InlineData(".es")]
    public void Every_language_has_the_same_texts_in_the_same_folder_with_the_same_places(string language)
    {
        Assert.Equal(Texts("").Select(t => (t.Folder, t.Key)), Texts(language).Select(t => (t.Folder, t.Key)));
        Assert.All(Texts(language), t => Assert.Equal(Places(t.Key), Places(t.Value)));
        Assert.All(Texts(language), t => Assert.NotEqual("", t.Value));
    }

    [Fact]
    public void The_key_of_a_text_is_its_English() => Assert.All(English, w => Assert.Equal(w.Key, w.Value));

    [Fact]
    public void No_text_is_unused() => Assert.DoesNotContain(English.Keys, k => Writers(k).Count == 0);

    [Fact]
    public void Everything_that_is_said_is_there()
    {
        Assert.True(Said.Length > 1000, $"Only {Said.Length} texts were found.");
        Assert.DoesNotContain(Said, s => !English.ContainsKey(s.Key));
    }

    /// <summary>What one folder says is there, what several say is shared; what the data name is where it is written, or shared.</summary>
    [Fact]
    public void A_text_lives_where_it_is_said() => Assert.Empty(Texts("").Where(t => Sayers(t.Key) switch
    {
        // Names in a .resx are the same in any case: of two such texts in a folder one is shared.
        [var only] => t.Folder != only && !(t.Folder == Shared && Texts("").Any(o => o.Folder == only && o.Key.Equals(t.Key, StringComparison.OrdinalIgnoreCase))),
        [] => t.Folder != Shared && !Writers(t.Key).Contains(t.Folder),
        _ => t.Folder != Shared,
    }).Select(t => $"{t.Folder}: {t.Key}"));

    [Fact]
    public void No_text_is_there_twice() => Assert.Equal(Texts("").Select(t => t.Key).Distinct(StringComparer.Ordinal).Count(), Texts("").Count());

    [Theory]
    [InlineData("en", "1 day", "7 days", "0 days")]
    [InlineData("de", "1 Tag", "7 Tage", "0 Tage")]
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

    internal static Dictionary<string, string> Read(string language) => Texts(language).ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal);

    private static IEnumerable<(string Folder, string Key, string Value)> Texts(string language) =>
        Files($"Words{language}.resx").Order(StringComparer.Ordinal).SelectMany(f => XDocument.Load(f).Root!.Elements("data")
            .Select(d => (Folder(f), d.Attribute("name")!.Value, d.Element("value")!.Value)));

    private static List<string> Sayers(string key) => [.. Said.Where(s => s.Key == key).Select(s => s.Folder).Distinct()];

    // Where a text stands, said or as a name in the data.
    private static List<string> Writers(string key)
    {
        var literal = '"' + key.Replace("\"", "\\\"", StringComparison.Ordinal) + '"';
        return [.. Sources.Where(s => s.Text.Contains(literal, StringComparison.Ordinal)).Select(s => s.Folder).Distinct()];
    }

    // The texts that Words.Say and Words.Count are given: every literal of the argument that names one.
    private static IEnumerable<string> SaidIn(string source) => Call().Matches(source).SelectMany(call =>
    {
        var arguments = Arguments(source, call.Index + call.Length);
        return (call.Groups[1].Value == "Say" ? arguments.Take(1) : arguments.Skip(1).Take(2)).SelectMany(a => a);
    });

    private static List<List<string>> Arguments(string source, int at)
    {
        var arguments = new List<List<string>> { new() };
        for (var depth = 0; depth >= 0; at++)
        {
            if (source[at] == '"')
            {
                var (end, holes) = (at + 1, source[at - 1] == '$');
                for (var open = 0; source[end] != '"' || open > 0; end++)
                {
                    if (source[end] == '\\') end++;
                    else if (holes && source[end] == '{') open++;
                    else if (holes && source[end] == '}') open--;
                }
                if (!holes) arguments[^1].Add(source[(at + 1)..end].Replace("\\\"", "\"", StringComparison.Ordinal));
                at = end;
            }
            else if (source[at] == '\'') at = source.IndexOf('\'', at + 2);
            else if ("([{".Contains(source[at], StringComparison.Ordinal)) depth++;
            else if (")]}".Contains(source[at], StringComparison.Ordinal)) depth--;
            else if (source[at] == ',' && depth == 0) arguments.Add([]);
        }
        return arguments;
    }

    private static IEnumerable<string> Files(params string[] patterns) =>
        ((string[])["Portal", "Domain", "Infrastructure"]).SelectMany(p => patterns.SelectMany(pattern => System.IO.Directory.EnumerateFiles(Path.Combine(Root, p), pattern, SearchOption.AllDirectories)))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal) && !f.Contains("/Migrations/", StringComparison.Ordinal));

    // A feature has one folder name in all projects.
    private static string Folder(string file) => Path.GetRelativePath(Root, file).Split('/') is [_, var folder, _, ..] ? folder : Shared;

    private static string Here([CallerFilePath] string path = "") => path;

    [GeneratedRegex("""\bWords\.(Say|Count)\(""")]
    private static partial Regex Call();

    [GeneratedRegex("""\{\d+\}""")]
    private static partial Regex Place();
}

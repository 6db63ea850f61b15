using System.Text.RegularExpressions;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Tests.Architecture;

/// <summary>Every public type says what it is.</summary>
public sealed partial class DocumentedTypesTests
{
    [Fact]
    public void Every_public_type_has_a_summary()
    {
        var (found, silent) = (0, new List<string>());
        foreach (var file in ((string[])["Domain", "Infrastructure", "Portal"]).SelectMany(p => System.IO.Directory.EnumerateFiles(Checkout.Resolve(p), "*.cs", SearchOption.AllDirectories)).Where(f => !Made().IsMatch(f)))
        {
            var before = "";
            foreach (var line in File.ReadLines(file))
            {
                if (Type().IsMatch(line))
                {
                    found++;
                    if (!before.StartsWith("///", StringComparison.Ordinal)) silent.Add($"{file}: {line.Trim()}");
                }
                // What stands between a summary and its type.
                if (!line.TrimStart().StartsWith('[')) before = line.Trim();
            }
        }
        Assert.InRange(found, 600, 3000);
        Assert.Empty(silent);
    }

    [GeneratedRegex(@"^\s*public (?:(?:sealed|static|abstract|partial|readonly) )*(?:class|record|struct|enum|interface|delegate)\b")]
    private static partial Regex Type();

    [GeneratedRegex(@"[\\/](?:bin|obj|Migrations)[\\/]")]
    private static partial Regex Made();
}

using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Infrastructure;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Tests.Architecture;

/// <summary>Arrows run Portal -> Infrastructure -> Domain, and no feature of Domain leads back to itself.</summary>
public sealed partial class ArrowTests
{
    private const string Root = "OpenMeet.Insights.";
    private static readonly Assembly DomainAssembly = typeof(InputFault).Assembly;
    private static readonly Assembly InfrastructureAssembly = typeof(InfrastructureServices).Assembly;
    private static readonly Assembly PortalAssembly = typeof(PortalHost).Assembly;

    [Fact]
    public void Domain_needs_nothing_but_NodaTime_and_the_framework()
    {
        Assert.Contains("NodaTime", Needs(DomainAssembly));
        Assert.DoesNotContain(Needs(DomainAssembly), n => n != "NodaTime" && !n.StartsWith("System.", StringComparison.Ordinal));
        Assert.DoesNotContain(Needs(DomainAssembly), n => n.StartsWith("System.Net", StringComparison.Ordinal) || n.StartsWith("System.Data", StringComparison.Ordinal));
    }

    [Fact]
    public void Infrastructure_needs_Domain_and_not_the_portal()
    {
        Assert.Equal(["Domain"], OfOurs(InfrastructureAssembly));
    }

    [Fact]
    public void The_portal_needs_Infrastructure()
    {
        Assert.Contains("Infrastructure", OfOurs(PortalAssembly));
        Assert.Empty(OfOurs(PortalAssembly).Except(["Infrastructure", "Domain"]));
    }

    [Fact]
    public void Domain_reads_no_file_calls_nobody_and_asks_no_clock()
    {
        string[] refused =
        [
            "System.IO.File", "System.IO.FileInfo", "System.IO.FileStream", "System.IO.Directory", "System.Net.", "System.Data.", "System.TimeProvider", "System.Diagnostics.Stopwatch",
            "System.Diagnostics.Process", "System.Environment.GetEnvironmentVariable", "System.Environment.get_Tick", "System.Threading.Timer", "System.Threading.Thread", "System.Random.get_Shared", "System.Guid.NewGuid", "System.Guid.CreateVersion7",
            "System.DateTime.get_", "System.DateTimeOffset.get_", "NodaTime.SystemClock", "NodaTime.IClock", "System.Console",
        ];
        var used = MembersUsed(DomainAssembly);
        Assert.Contains(used, u => u.StartsWith("System.Text.Json.JsonElement.", StringComparison.Ordinal));
        Assert.DoesNotContain(used, u => refused.Any(r => (u + ".").StartsWith(r.EndsWith('.') || r.EndsWith('_') ? r : r + ".", StringComparison.Ordinal)));
    }

    [Fact]
    public void Features_of_Domain_have_no_circle()
    {
        var arrows = FeatureArrows();
        Assert.Contains("Metering", arrows["Storage"]);
        foreach (var feature in arrows.Keys)
        {
            var way = WayBack(arrows, feature, feature, []);
            Assert.True(way is null, $"Domain: {way}");
        }
    }

    [Fact]
    public void Prices_limits_and_upgrade_prompts_know_no_health_score()
    {
        string[] features = ["Pricing", "Quotas", "Upgrades"];
        var files = features.SelectMany(f => Sources("Domain").Concat(Sources("Infrastructure")).Concat(Sources("Portal")).Where(s => Short(s).Split('/') is [_, var folder, _] && folder == f)).ToArray();
        Assert.All(features, f => Assert.Contains(files, s => Short(s).StartsWith($"Domain/{f}/", StringComparison.Ordinal)));
        Assert.Empty(files.Where(f => Health().IsMatch(File.ReadAllText(f))).Select(Short));
        Assert.Matches(Health(), "var x = HealthScore.Of(h, w);");
        Assert.DoesNotContain("Community", features.SelectMany(f => FeatureArrows()[f]));
    }

    [Fact]
    public void The_portal_leaves_SQL_to_Infrastructure()
    {
        var files = Sources("Portal").Where(f => f.EndsWith(".cs", StringComparison.Ordinal) || f.EndsWith(".razor", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(files);
        Assert.Empty(files.Where(f => DatabaseTypes().IsMatch(File.ReadAllText(f))).Select(Short));
    }

    [Fact]
    public void No_file_names_a_folder_of_a_single_machine()
    {
        var files = Sources(".").Where(f => Readable().IsMatch(Path.GetFileName(f))).ToArray();
        Assert.Contains(files, f => Short(f) == "Directory.Build.props");
        Assert.Contains(files, f => Short(f) == "Portal/Program.cs");
        var folders = new Regex("(?<![A-Za-z0-9_.-])/(" + string.Join('|', "wo" + "rk", "Us" + "ers", "mnt/" + "data") + ")/");
        Assert.Empty(files.Where(f => folders.IsMatch(File.ReadAllText(f))).Select(Short));
    }

    private static string[] Needs(Assembly assembly) => [.. assembly.GetReferencedAssemblies().Select(a => a.Name!).Order(StringComparer.Ordinal)];

    private static string[] OfOurs(Assembly assembly) => [.. Needs(assembly).Where(n => n.StartsWith(Root, StringComparison.Ordinal)).Select(n => n[Root.Length..])];

    // Every foreign type and member that the compiled code names.
    private static HashSet<string> MembersUsed(Assembly assembly)
    {
        using var file = File.OpenRead(assembly.Location);
        using var portable = new PEReader(file);
        var metadata = portable.GetMetadataReader();
        var used = new HashSet<string>(StringComparer.Ordinal);
        string Name(TypeReferenceHandle handle)
        {
            var type = metadata.GetTypeReference(handle);
            var name = metadata.GetString(type.Name);
            return type.ResolutionScope.Kind == HandleKind.TypeReference ? Name((TypeReferenceHandle)type.ResolutionScope) + "." + name : metadata.GetString(type.Namespace) + "." + name;
        }
        foreach (var handle in metadata.TypeReferences) used.Add(Name(handle));
        foreach (var handle in metadata.MemberReferences)
        {
            var member = metadata.GetMemberReference(handle);
            if (member.Parent.Kind == HandleKind.TypeReference) used.Add(Name((TypeReferenceHandle)member.Parent) + "." + metadata.GetString(member.Name));
        }
        return used;
    }

    // From what the sources name and from what the types are made of.
    private static Dictionary<string, HashSet<string>> FeatureArrows()
    {
        var arrows = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var file in Sources("Domain").Where(f => f.EndsWith(".cs", StringComparison.Ordinal)))
        {
            var parts = Short(file).Split('/');
            if (parts.Length != 3) continue;
            var to = arrows.TryGetValue(parts[1], out var known) ? known : arrows[parts[1]] = new HashSet<string>(StringComparer.Ordinal);
            to.UnionWith(Named().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value));
        }
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (var type in DomainAssembly.GetTypes())
        {
            if (FeatureOf(type) is not { } from) continue;
            var touched = new List<Type?> { type.BaseType };
            touched.AddRange(type.GetInterfaces());
            touched.AddRange(type.GetFields(All).Select(f => f.FieldType));
            foreach (var method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
            {
                touched.AddRange(method.GetParameters().Select(p => p.ParameterType));
                if (method is MethodInfo info) touched.Add(info.ReturnType);
                touched.AddRange(method.GetMethodBody()?.LocalVariables.Select(l => l.LocalType) ?? []);
            }
            arrows[from].UnionWith(touched.SelectMany(Parts).Select(FeatureOf).OfType<string>());
        }
        foreach (var (feature, to) in arrows)
        {
            to.Remove(feature);
            to.IntersectWith(arrows.Keys);
        }
        return arrows;
    }

    private static IEnumerable<Type> Parts(Type? type) => type is null ? []
        : type.HasElementType ? Parts(type.GetElementType())
        : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type)
        : [type];

    private static string? FeatureOf(Type type) =>
        type.Assembly == DomainAssembly && type.Namespace is { } name && name.StartsWith(Root + "Domain.", StringComparison.Ordinal) ? name[(Root + "Domain.").Length..].Split('.')[0] : null;

    private static string? WayBack(Dictionary<string, HashSet<string>> arrows, string at, string home, HashSet<string> seen)
    {
        foreach (var next in arrows[at].Order(StringComparer.Ordinal))
        {
            if (next == home) return $"{at} -> {next}";
            if (seen.Add(next) && WayBack(arrows, next, home, seen) is { } rest) return $"{at} -> {rest}";
        }
        return null;
    }

    private static IEnumerable<string> Sources(string folder)
    {
        var root = Path.Combine(Checkout.Root, folder == "." ? "" : folder);
        return Walk(new DirectoryInfo(root));

        static IEnumerable<string> Walk(DirectoryInfo folder) => folder.EnumerateFiles().Select(f => f.FullName).Concat(folder.EnumerateDirectories()
            .Where(d => d.LinkTarget is null && d.Name is not ("bin" or "obj" or "node_modules" or ".git" or ".build" or ".vs" or "data" or "lib" or "TestResults")).SelectMany(Walk));
    }

    private static string Short(string file) => Path.GetRelativePath(Checkout.Root, file).Replace('\\', '/');

    [GeneratedRegex(@"\bDomain\.([A-Z][A-Za-z]+)\b")]
    private static partial Regex Named();

    [GeneratedRegex(@"\b(HealthScore|HealthPart|HealthReports|GroupHealth)\b|\bDomain\.Community\b|\bInfrastructure\.Community\b")]
    private static partial Regex Health();

    [GeneratedRegex(@"\bNpgsql(Connection|DataSource|Command|Batch|Transaction)\b")]
    private static partial Regex DatabaseTypes();

    [GeneratedRegex(@"\.(cs|razor|css|js|mjs|json|md|sh|sql|csproj|props|targets|yml|yaml|txt|sln|xml|html)$|^[^.]+$|^\.(gitignore|dockerignore|editorconfig|npmrc)$")]
    private static partial Regex Readable();
}

using System.Text.RegularExpressions;

namespace OpenMeet.Insights.Tests.Account;

/// <summary>Looks at statements as the database got them: is each table of a tenant asked for one tenant only?</summary>
/// <param name="tables">The tables that have a tenant.</param>
internal sealed partial class TenantSql(IReadOnlySet<string> tables)
{
    private static readonly HashSet<string> NoAlias = new(
        ["as", "set", "where", "on", "order", "group", "values", "inner", "left", "right", "cross", "full", "join", "limit", "for", "union", "returning", "select", "having", "using", "natural", "window", "offset", "fetch", "default", "from", "lateral", "tablesample", "except", "intersect", "and", "or"],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>The tables of tenants that a text of one or more statements touches.</summary>
    public IEnumerable<string> Touched(string sql) => Split(sql).SelectMany(Uses).Select(u => u.Table).Distinct();

    /// <summary>What is wrong: the statement, and the table whose tenant it does not name.</summary>
    public IEnumerable<string> Faults(string sql) => Split(sql).SelectMany(FaultsOfOne);

    private IEnumerable<string> FaultsOfOne(string sql)
    {
        var bare = BarePredicate().Count(sql);
        var uses = Uses(sql).ToList();
        foreach (var use in uses.Where(u => u.IsInsert))
        {
            if (!Regex.IsMatch(sql, $@"\b{use.Table}(?: AS \w+)?\s*\([^)]*\btenant_id\b", RegexOptions.IgnoreCase)) yield return $"{use.Table} is written without its tenant: {sql}";
        }
        var read = uses.Where(u => !u.IsInsert).ToList();
        var faults = read.Where(u => !IsNamed(sql, u.Name) && bare-- <= 0).Select(u => $"{u.Table} is asked for every tenant: {sql}").ToList();
        if (faults.Count == 0 && read.Count > 0 && !GivenTenant().IsMatch(sql)) faults.Add($"no tenant is given for {string.Join(", ", read.Select(u => u.Table).Distinct())}: {sql}");
        foreach (var fault in faults) yield return fault;
    }

    private static bool IsNamed(string sql, string name) => Regex.IsMatch(
        sql, $@"\b{name}\.tenant_id\s*(=|IN\b)|=\s*{name}\.tenant_id\b|\(\s*{name}\.tenant_id\s*,[^)]*\)\s*(=|IN\b)|=\s*\(\s*{name}\.tenant_id\s*,", RegexOptions.IgnoreCase);

    private IEnumerable<(string Table, string Name, bool IsInsert)> Uses(string sql)
    {
        foreach (Match match in Use().Matches(sql))
        {
            var table = match.Groups["table"].Value;
            if (!tables.Contains(table)) continue;
            var alias = match.Groups["alias"].Value;
            yield return (table, alias.Length == 0 || NoAlias.Contains(alias) ? table : alias, match.Groups["how"].Value.ToUpperInvariant() is "INTO" or "COPY");
        }
    }

    // Texts and remarks may hold anything; names in quotes are names.
    private static IEnumerable<string> Split(string sql) =>
        Texts().Replace(Remarks().Replace(sql, " "), "''").Replace("\"", "", StringComparison.Ordinal).Split(';').Select(s => Spaces().Replace(s, " ").Trim()).Where(s => s.Length > 0);

    [GeneratedRegex(@"\b(?<how>FROM|JOIN|UPDATE|INTO|USING|COPY)\s+(?:ONLY\s+)?(?<table>[a-z_][a-z0-9_]*)(?:\s+AS)?(?:\s+(?<alias>[a-z_][a-z0-9_]*))?|(?<how>,)\s*(?<table>[a-z_][a-z0-9_]*)\s+(?:AS\s+)?(?<alias>[a-z_][a-z0-9_]*)", RegexOptions.IgnoreCase)]
    private static partial Regex Use();

    [GeneratedRegex(@"(?<![\w.])tenant_id\s*(=|IN\b)|\(\s*tenant_id\s*,[^)]*\)\s*(=|IN\b)|USING\s*\(\s*tenant_id\b", RegexOptions.IgnoreCase)]
    private static partial Regex BarePredicate();

    // A value from outside: a parameter, alone or as the first of a row.
    [GeneratedRegex(@"tenant_id\s*=\s*(ANY\s*\(\s*)?[@$]|[@$]\w+\s*=\s*(\w+\.)?tenant_id\b|tenant_id\s*,[^)]*\)\s*=\s*\(\s*[@$]|tenant_id\s+IN\s*\(\s*[@$]", RegexOptions.IgnoreCase)]
    private static partial Regex GivenTenant();

    [GeneratedRegex(@"'(?:[^']|'')*'")]
    private static partial Regex Texts();

    [GeneratedRegex(@"--[^\n]*")]
    private static partial Regex Remarks();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}

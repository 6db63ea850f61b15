namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>SQL that is too long to stand beside its caller, kept in a file of the assembly.</summary>
internal static class SqlText
{
    /// <summary>Reads a file by its folder and name, such as <c>Metering.Sql.ledger.sql</c>.</summary>
    public static string Read(string name)
    {
        using var stream = typeof(SqlText).Assembly.GetManifestResourceStream("OpenMeet.Insights.Infrastructure." + name)
            ?? throw new InvalidOperationException($"The SQL file {name} is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

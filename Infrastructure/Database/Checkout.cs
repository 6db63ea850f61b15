namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>Where the project's own folder is, for paths that are given relative to it.</summary>
public static class Checkout
{
    private const string Marker = "OpenMeetInsights.sln";

    /// <summary>The folder that holds the solution, looked for from the program upwards; the current folder where there is none.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory) ?? System.IO.Directory.GetCurrentDirectory();

    /// <summary>A full path: <paramref name="path"/> itself where it is absolute, else below <see cref="Root"/>.</summary>
    public static string Resolve(string path) => Path.GetFullPath(path, Root);

    private static string? Find(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Marker)))
            {
                return folder.FullName;
            }
        }

        return null;
    }
}

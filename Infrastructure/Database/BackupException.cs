namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>A database cannot be backed up or restored; nothing was changed. The message says why to whoever asked, and what to do.</summary>
public sealed class BackupException(string message, Exception? cause = null) : Exception(message, cause);

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>The embedded PostgreSQL cannot run; the message is one sentence for whoever started the portal.</summary>
public sealed class EmbeddedPostgresException(string message, Exception? cause = null) : Exception(message, cause);

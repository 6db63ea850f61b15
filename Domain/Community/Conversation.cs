using NodaTime;

namespace OpenMeet.Insights.Domain.Community;

/// <summary>A message in a group's chat.</summary>
/// <param name="Id">The key by which replies name it.</param>
/// <param name="Who">Its author; null where nobody was named.</param>
/// <param name="At">When it was sent.</param>
/// <param name="Event">The community event that it is about.</param>
/// <param name="ReplyTo">The message that it answers.</param>
public sealed record ChatMessage(string Id, string? Who, Instant At, string? Event, string? ReplyTo);

/// <summary>A newcomer's first message and its first answer by somebody else.</summary>
/// <param name="Message">The first message that the person ever sent here.</param>
/// <param name="AnsweredAfter">How long it waited; null where nobody answered.</param>
public sealed record FirstMessage(ChatMessage Message, Duration? AnsweredAfter);

/// <summary>How newcomers are answered.</summary>
/// <param name="Newcomers">People whose first message falls in the window.</param>
/// <param name="Median">Of the waits that ended; null where none did.</param>
/// <param name="NinetyPercent">Within this nine of ten answered ones were answered (nearest rank).</param>
/// <param name="Unanswered">First messages that waited for more than 24 h, oldest first.</param>
public sealed record FirstReplies(int Newcomers, Duration? Median, Duration? NinetyPercent, IReadOnlyList<FirstMessage> Unanswered)
{
    /// <summary>How long a newcomer may wait.</summary>
    public static readonly Duration Patience = Duration.FromHours(24);

    /// <summary>Works it out from all messages of a group, in order of time; null where no message ever named one that it answers.</summary>
    /// <param name="messages">All, from the beginning.</param>
    /// <param name="from">First messages from here on count.</param>
    /// <param name="until">First messages before this count.</param>
    /// <param name="now">When it is asked.</param>
    public static FirstReplies? Of(IReadOnlyList<ChatMessage> messages, Instant from, Instant until, Instant now)
    {
        if (!messages.Any(m => m.ReplyTo is not null)) return null;
        var replies = messages.Where(m => m.ReplyTo is not null).ToLookup(m => m.ReplyTo!, StringComparer.Ordinal);
        var firsts = messages.Where(m => m.Who is not null).DistinctBy(m => m.Who, StringComparer.Ordinal).Where(m => m.At >= from && m.At < until)
            .Select(m => new FirstMessage(m, replies[m.Id].Where(r => r.Who != m.Who && r.At >= m.At).Select(r => (Duration?)(r.At - m.At)).Min())).ToList();
        var waits = firsts.Select(f => f.AnsweredAfter).OfType<Duration>().Order().ToList();
        Duration? median = waits.Count == 0 ? null : (waits[(waits.Count - 1) / 2] + waits[waits.Count / 2]) / 2;
        return new FirstReplies(
            firsts.Count, median, waits.Count == 0 ? null : waits[(int)Math.Ceiling(waits.Count * 0.9) - 1],
            [.. firsts.Where(f => f.AnsweredAfter is null && now - f.Message.At > Patience)]);
    }
}

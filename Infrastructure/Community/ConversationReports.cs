using NodaTime;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Community;

/// <summary>A newcomer who waits for an answer.</summary>
public sealed record WaitingNewcomer(string User, string Name, Instant Since);

/// <summary>A group's talk over a window.</summary>
/// <param name="Frame">About whom and when.</param>
/// <param name="Now">The window.</param>
/// <param name="Before">The one before.</param>
/// <param name="Daily">Messages on each day.</param>
/// <param name="Waiting">Who waits for more than a day, oldest first; null where the list was not asked for.</param>
public sealed record GroupConversation(CommunityFrame Frame, PeriodFigures Now, PeriodFigures Before, IReadOnlyList<(LocalDate Day, int Messages)> Daily, IReadOnlyList<WaitingNewcomer>? Waiting);

/// <summary>Who talks, and who is answered.</summary>
public sealed class ConversationReports(CommunityHistories histories, DirectoryReports directory)
{
    /// <summary>A group's talk; null for an unknown group.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="question">About whom and when.</param>
    /// <param name="names">Whether the newcomers who wait are named.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<GroupConversation?> GroupAsync(Tenant tenant, CommunityQuestion question, bool names, CancellationToken cancel)
    {
        if (await histories.GroupAsync(tenant, question.Group, cancel) is not { } reading) return null;
        var (frame, history, whole) = (CommunityFrame.Of(reading, question), reading.With(question.Organisers), reading.Whole);
        var now = PeriodFigures.Of(history, whole, frame.Window);
        var byDay = whole.Messages.GroupBy(m => m.At.InZone(whole.Zone).Date).ToDictionary(d => d.Key, d => d.Count());
        IReadOnlyList<WaitingNewcomer>? waiting = null;
        if (names && now.Replies is { } replies)
        {
            var known = await directory.UserNamesAsync(tenant.Id, cancel);
            waiting = [.. replies.Unanswered.Select(f => new WaitingNewcomer(f.Message.Who!, known.GetValueOrDefault(f.Message.Who!, f.Message.Who!), f.Message.At))];
        }
        return new GroupConversation(
            frame, now, PeriodFigures.Of(history, whole, frame.Window.Matched), [.. frame.Window.Days.Select(d => (d, byDay.GetValueOrDefault(d)))], waiting);
    }
}

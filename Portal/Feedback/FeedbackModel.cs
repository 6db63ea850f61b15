using NodaTime;
using OpenMeet.Insights.Infrastructure.Feedback;

namespace OpenMeet.Insights.Portal.Feedback;

/// <summary>What people say about the pages.</summary>
public sealed record FeedbackModel(DateTimeZone Zone, IReadOnlyList<PageOpinion> Opinions);

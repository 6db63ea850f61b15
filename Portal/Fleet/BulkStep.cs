namespace OpenMeet.Insights.Portal.Fleet;

/// <summary>What an administrator can do with a bulk action.</summary>
public enum BulkStep
{
    Start,
    Approve,
    Stop,
    Resume,
    Revert,
    Discard,
}

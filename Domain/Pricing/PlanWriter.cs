using System.Text.Json.Nodes;

namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>Writes a plan to the wire.</summary>
public static class PlanWriter
{
    /// <summary>The plan.</summary>
    public static JsonObject ToJson(Plan plan) => throw new NotImplementedException();
}

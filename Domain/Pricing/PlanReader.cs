using System.Text.Json;

namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>Reads a plan from the wire.</summary>
public static class PlanReader
{
    /// <summary>Reads a plan, or names every fault.</summary>
    public static Plan? Read(JsonElement body, Func<string, bool> isPriceableMeter, List<InputFault> faults, string? key = null) =>
        throw new NotImplementedException();
}

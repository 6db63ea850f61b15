using System.Text.Json.Serialization;

namespace OpenMeet.Insights.Domain;

/// <summary>One thing that is wrong with an input. Readers collect all of them before they answer.</summary>
/// <param name="Path">Where, as its sender would write it: <c>items[0].price.tiers[1].upTo</c>, or a parameter's name; empty for the body itself.</param>
/// <param name="Code">What kind of fault, in snake case; stable, for programs.</param>
/// <param name="Detail">What is wrong and what would be right, for people.</param>
/// <param name="Index">Which item of a batch, counted from 0; null where the input is no batch.</param>
public sealed record InputFault(
    string Path, string Code, string Detail, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Index = null);

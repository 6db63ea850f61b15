namespace OpenMeet.Insights.Domain;

/// <summary>One fault found in what a caller sent. Readers collect all of them before they answer.</summary>
/// <param name="Path">Where it is, as one would write it: <c>items[0].price.tiers[1].upTo</c>; empty for the body itself.</param>
/// <param name="Code">What kind of fault, in snake case; stable, for programs.</param>
/// <param name="Detail">What is wrong and what would be right, for people.</param>
/// <param name="Index">Position in a batch, from 0; null where the body is no batch.</param>
public sealed record InputFault(string Path, string Code, string Detail, int? Index = null);

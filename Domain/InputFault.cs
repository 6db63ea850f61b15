namespace OpenMeet.Insights.Domain;

/// <summary>One thing that is wrong with an input, named so that its sender can mend it.</summary>
/// <param name="Path">Where: a member's path such as <c>data.size_bytes</c>, or a parameter's name.</param>
/// <param name="Code">A stable word for programs, such as <c>required</c>.</param>
/// <param name="Detail">One plain sentence for people.</param>
/// <param name="Index">Which item of a batch, counted from 0; null outside of batches.</param>
public sealed record InputFault(string Path, string Code, string Detail, int? Index = null);

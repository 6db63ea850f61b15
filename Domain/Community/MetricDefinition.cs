namespace OpenMeet.Insights.Domain.Community;

/// <summary>Which way of a figure is good.</summary>
public enum MetricDirection
{
    /// <summary>More is better.</summary>
    Higher,

    /// <summary>Less is better.</summary>
    Lower,

    /// <summary>Neither: it says how things are.</summary>
    None,
}

/// <summary>What a figure of a community means. Cards and the glossary are written from it.</summary>
/// <param name="Id">Its key, the same everywhere.</param>
/// <param name="Name">For people.</param>
/// <param name="What">One line: what it counts.</param>
/// <param name="Formula">The exact definition.</param>
/// <param name="Unit">Of the value.</param>
/// <param name="Direction">Which way is good.</param>
/// <param name="Population">Who is counted.</param>
/// <param name="Window">Over which time.</param>
/// <param name="Since">The version of these definitions from which on it holds.</param>
/// <param name="GoodFor">The question that it answers.</param>
/// <param name="Beware">How it misleads.</param>
public sealed record MetricDefinition(
    string Id, string Name, string What, string Formula, string Unit, MetricDirection Direction, string Population, string Window, int Since, string GoodFor, string Beware);

using System.Text.Json;
using System.Text.Json.Serialization;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>What a benchmark found; printed as one line of JSON.</summary>
/// <param name="Figure">The measured figure: the median of the rounds.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Baseline">The baseline's figure of the same run, in the same unit; null where there is none.</param>
/// <param name="Ratio">The figure in relation to the baseline; null where there is none.</param>
/// <param name="Goal">What is wanted, in words.</param>
/// <param name="Rightness">How it was checked that the answer is right.</param>
/// <param name="Detail">What the figure is made of.</param>
internal sealed record Measurement(double Figure, string Unit, double? Baseline, double? Ratio, string Goal, string Rightness, object Detail)
{
    private static readonly JsonSerializerOptions Wire = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.Strict,
    };

    public string ToJson(string benchmark, string machine) => JsonSerializer.Serialize(
        new { benchmark, figure = Figures.Round(Figure), Unit, baseline = Figures.Round(Baseline), ratio = Figures.Round(Ratio), Goal, machine, Rightness, Detail }, Wire);
}

/// <summary>The product answered wrongly, so its speed means nothing.</summary>
internal sealed class WrongAnswerException(string message) : Exception("Wrong answer: " + message)
{
    public static void Unless(bool right, string message)
    {
        if (!right) throw new WrongAnswerException(message);
    }

    /// <summary>The recount must find no difference.</summary>
    public static void Unless(RecountResult recount)
    {
        if (recount.Differences.Count > 0) throw new WrongAnswerException($"{recount.Differences.Count} differences, such as {recount.Differences[0]}");
    }
}

internal static class Figures
{
    /// <summary>Four significant digits.</summary>
    public static double Round(double figure)
    {
        if (figure == 0 || !double.IsFinite(figure)) return 0;
        var digits = 3 - (int)Math.Floor(Math.Log10(Math.Abs(figure)));
        return digits >= 0 ? Math.Round(figure, Math.Min(digits, 15)) : Math.Round(figure);
    }

    public static double? Round(double? figure) => figure is { } known ? Round(known) : null;

    /// <summary>The value below which this part of the values lies (nearest rank).</summary>
    public static double Quantile(IEnumerable<double> values, double part)
    {
        var sorted = values.Order().ToArray();
        return sorted[Math.Clamp((int)Math.Ceiling(part * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    /// <summary>A number of an answer, which may stand there as a string.</summary>
    public static decimal Number(JsonElement value) =>
        decimal.Parse(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText(), System.Globalization.CultureInfo.InvariantCulture);

    public static double Median(IEnumerable<double> values) => Quantile(values, 0.5);
}

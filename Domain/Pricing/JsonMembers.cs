using System.Text.Json;
using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>
/// The members of one JSON object of a plan. Reading one that is missing or wrong adds a fault and gives null, and the reading goes
/// on: all faults are named at once. A member that is null counts as absent.
/// </summary>
internal sealed class JsonMembers
{
    /// <summary>No fee or price is above 10^12: times any quantity that can be metered it still fits a decimal.</summary>
    public const decimal MaxMoney = 1_000_000_000_000m;

    private readonly Dictionary<string, JsonElement> members = new(StringComparer.Ordinal);
    private readonly string path;
    private readonly List<InputFault> faults;

    private JsonMembers(JsonElement body, string path, List<InputFault> faults)
    {
        (this.path, this.faults) = (path, faults);
        foreach (var member in body.EnumerateObject())
        {
            var name = Name(member);
            if (!members.TryAdd(name, member.Value))
            {
                Fault(name, "duplicate_member", $"'{name}' is given twice.");
            }
        }
    }

    public static JsonMembers? Of(JsonElement body, string path, List<InputFault> faults)
    {
        if (body.ValueKind == JsonValueKind.Object)
        {
            return new JsonMembers(body, path, faults);
        }

        faults.Add(new InputFault(path, "not_an_object", "A JSON object is expected here."));
        return null;
    }

    public string At(string name) => path.Length == 0 ? name : $"{path}.{name}";

    public void Fault(string name, string code, string detail) => faults.Add(new InputFault(At(name), code, detail));

    public JsonElement? Find(string name) =>
        members.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public JsonElement? Require(string name)
    {
        var value = Find(name);
        if (value is null)
        {
            Fault(name, "required", $"'{name}' is missing.");
        }

        return value;
    }

    public string? Text(string name) => Require(name) is { } value ? Text(name, value) : null;

    public string? Text(string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String && TryText(value, out var text))
        {
            return text;
        }

        Fault(name, "not_a_string", $"'{name}' is to be a string.");
        return null;
    }

    public decimal? Number(string name, decimal max = DecimalText.MaxMagnitude) =>
        Require(name) is null ? null : OptionalNumber(name, max);

    public decimal? OptionalNumber(string name, decimal max = DecimalText.MaxMagnitude)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        var text = value.ValueKind switch
        {
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.String when TryText(value, out var given) => given,
            _ => null,
        };
        switch (DecimalText.Read(text, out var number))
        {
            case DecimalReading.NotANumber:
                Fault(name, "not_a_number", $"'{name}' is to be a decimal number, as a JSON number or as a string such as \"41.50\".");
                return null;
            case DecimalReading.TooManyDecimals:
                Fault(name, "too_many_decimals", $"'{name}' keeps at most {DecimalText.MaxDecimals} decimals.");
                return null;
            case DecimalReading.Exact when number < 0:
                Fault(name, "negative", $"'{name}' is not to be below zero.");
                return null;
            case DecimalReading.TooLarge:
            case DecimalReading.Exact when number > max:
                Fault(name, "out_of_range", $"'{name}' is to be from 0 to {DecimalText.Quantity(max)}.");
                return null;
            default:
                return number;
        }
    }

    public decimal? Above0(string name, decimal? number)
    {
        if (number != 0)
        {
            return number;
        }

        Fault(name, "not_positive", $"'{name}' is to be above zero.");
        return null;
    }

    public IReadOnlyList<JsonElement>? Elements(string name)
    {
        if (Require(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Array)
        {
            return [.. value.EnumerateArray()];
        }

        Fault(name, "not_an_array", $"'{name}' is to be an array.");
        return null;
    }

    public void AllowOnly(string owner, params string[] names)
    {
        foreach (var name in members.Keys.Where(name => Find(name) is not null).Except(names))
        {
            Fault(name, "unknown_member", $"{owner} has no '{name}'; it has {string.Join(", ", names)}.");
        }
    }

    private static bool TryText(JsonElement value, out string? text)
    {
        try
        {
            text = value.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate, which no string of ours can hold.
            text = null;
            return false;
        }
    }

    private static string Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return "?";
        }
    }
}

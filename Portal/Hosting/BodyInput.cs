using System.Globalization;
using System.Text.Json;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>Reads the members of a JSON body and gathers every fault. Numbers may come as strings.</summary>
internal sealed class BodyInput(JsonElement body, List<InputFault> faults)
{
    public List<InputFault> Faults => faults;

    /// <summary>The names of all members.</summary>
    public IEnumerable<string> Names => body.EnumerateObject().Select(m => m.Name);

    public bool Has(string name) => body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    public JsonElement? Find(string name) => Has(name) ? body.GetProperty(name) : null;

    public string? Text(string name, bool required = false, int most = 1000)
    {
        if (Find(name) is not { } value)
        {
            if (required) Fault(name, "required", $"'{name}' is required.");
            return null;
        }
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && text.Length <= most && !text.Contains('\0', StringComparison.Ordinal)) return text;
        Fault(name, "not_a_text", $"'{name}' must be a text of 1 to {most} characters.");
        return null;
    }

    public string? Key(string name, bool required = false) => Text(name, required, EventCatalogue.KeyLength);

    public decimal? Number(string name, bool required = false, decimal? least = null)
    {
        if (Find(name) is not { } value)
        {
            if (required) Fault(name, "required", $"'{name}' is required.");
            return null;
        }
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.ValueKind == JsonValueKind.Number ? value.GetRawText() : "";
        if (decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number)
            && Math.Abs(number) <= 1_000_000_000_000_000m && decimal.Round(number, 12) == number)
        {
            if (least is not { } bound || number >= bound) return number;
            Fault(name, "out_of_range", string.Create(CultureInfo.InvariantCulture, $"'{name}' must be at least {bound}."));
            return null;
        }
        Fault(name, "not_a_number", $"'{name}' must be a number of at most 10^15 with at most 12 decimals.");
        return null;
    }

    public Instant? Time(string name, bool required = false)
    {
        if (Find(name) is not { } value)
        {
            if (required) Fault(name, "required", $"'{name}' is required.");
            return null;
        }
        if (value.ValueKind == JsonValueKind.String && Rfc3339.TryParse(value.GetString(), out var instant)) return instant;
        Fault(name, "not_a_time", $"'{name}' must be an RFC 3339 time such as 2026-11-01T00:00:00Z.");
        return null;
    }

    public bool? Flag(string name)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Fault(name, "not_a_flag", $"'{name}' must be true or false.");
        return null;
    }

    public string? OneOf(string name, bool required, params string[] words)
    {
        if (Text(name, required) is not { } text) return null;
        if (Array.IndexOf(words, text) >= 0) return text;
        Fault(name, "unknown", $"'{name}' must be one of {string.Join(", ", words)}.");
        return null;
    }

    /// <summary>The currency that all money of the tenant has at an instant; any of the tenant's where that is not known.</summary>
    public string? Currency(string name, Tenant tenant, Instant? at)
    {
        if (Text(name, required: true) is not { } text) return null;
        if (!Domain.Money.Currency.TryParse(text, out _)) Fault(name, "unknown_currency", $"'{text}' is no ISO 4217 code such as USD.");
        else if (at is null && tenant.Terms.All(t => t.Currency != text)) Fault(name, "other_currency", $"All money of this tenant is in {tenant.Terms[^1].Currency}.");
        else if (at is { } time && text != tenant.CurrencyAt(time)) Fault(name, "other_currency", $"All money of this tenant is in {tenant.CurrencyAt(time)}{(tenant.Terms.Count > 1 ? $" at {Rfc3339.Format(time)}" : "")}.");
        else return text;
        return null;
    }

    public void Fault(string path, string code, string detail) => faults.Add(new InputFault(path, code, detail));
}

/// <summary>The range of a question: a month by name, or two instants.</summary>
internal static class RangeInput
{
    /// <summary>Reads <c>period</c>, or <c>from</c> and <c>to</c>; the running month where nothing is said.</summary>
    public static TimeRange? ReadRange(this QueryInput input, Tenant tenant, TimeProvider time)
    {
        var period = input.Text("period");
        var (from, to) = (input.Text("from"), input.Text("to"));
        if (period is not null && (from is not null || to is not null))
        {
            input.Faults.Add(new InputFault("period", "ambiguous", "Send either 'period', or 'from' and 'to'."));
            return null;
        }
        if (from is null && to is null) return input.ReadPeriod(tenant, time)?.Range;
        if (from is null || to is null)
        {
            input.Faults.Add(new InputFault(from is null ? "from" : "to", "required", "'from' and 'to' belong together."));
            return null;
        }
        if (input.ReadTime("from", from) is not { } start || input.ReadTime("to", to) is not { } end) return null;
        if (start < end) return new TimeRange(start, end);
        input.Faults.Add(new InputFault("to", "out_of_order", "'to' must lie after 'from'."));
        return null;
    }

    /// <summary>Reads <c>period</c>; the running month where nothing is said.</summary>
    public static BillingPeriod? ReadPeriod(this QueryInput input, Tenant tenant, TimeProvider time)
    {
        if (input.Text("period") is not { } text) return BillingPeriod.Containing(Instant.FromDateTimeOffset(time.GetUtcNow()), tenant.Zone);
        if (BillingPeriod.TryParse(text, tenant.Zone, out var period)) return period;
        input.Faults.Add(new InputFault("period", "malformed", "'period' is a month such as 2026-11."));
        return null;
    }
}

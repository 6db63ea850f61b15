using System.Globalization;
using System.Text.Json;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Domain.Storage;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>Reads a page's form with the same rules, and the same words, as the API reads a body.</summary>
internal static class FormInput
{
    /// <summary>The fields that were filled in.</summary>
    public static BodyInput Of(List<InputFault> faults, params (string Name, string? Value)[] fields) => new(
        JsonSerializer.SerializeToElement(fields.Where(f => !string.IsNullOrWhiteSpace(f.Value)).ToDictionary(f => f.Name, f => f.Value!.Trim())), faults);

    /// <summary>A day as a field holds it.</summary>
    public static string? Text(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The start of a day of the billing zone.</summary>
    public static Instant? Day(this BodyInput input, string name, Tenant tenant, bool required = false)
    {
        if (input.Text(name, required) is not { } text) return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 2000 and < 2200)
            return tenant.Zone.AtStartOfDay(LocalDate.FromDateOnly(day)).ToInstant();
        input.Fault(name, "not_a_day", $"'{name}' must be a day such as 2026-12-31.");
        return null;
    }

    /// <summary>The end of a limit: a day that lies ahead, or none where the limit is permanent.</summary>
    public static Instant? End(this BodyInput input, string name, Tenant tenant, bool isPermanent, Instant now)
    {
        var end = input.Day(name, tenant);
        if (!isPermanent && input.Text(name) is null) input.Fault(name, "required", "Say when it ends, or tick that it is permanent.");
        if (end <= now) input.Fault(name, "in_the_past", "Its end must lie ahead.");
        return end;
    }

    /// <summary>What a field means in a meter's unit: bytes are entered in GB.</summary>
    public static decimal InUnit(decimal entered, string unit) => unit == QuantityText.Bytes ? entered * KeptBytes.Gigabyte : entered;
}

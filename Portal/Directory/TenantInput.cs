using NodaTime;
using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Directory;

/// <summary>Reads a tenant's settings: the API's body and the form go through the same rules.</summary>
internal static class TenantInput
{
    /// <summary>The change that a body asks for; its faults are added to the input's. Default limits are read elsewhere.</summary>
    /// <param name="input">The body or the form.</param>
    /// <param name="known">The tenant as it is; null where it is to be made.</param>
    /// <param name="now">Now: what is coming counts as what is changed.</param>
    public static TenantChange ReadTenant(this BodyInput input, Tenant? known, Instant now)
    {
        var name = input.Text("name", required: known is null);
        var currency = input.Text("currency");
        if (currency is not null && !Domain.Money.Currency.TryParse(currency, out _)) input.Fault("currency", "unknown_currency", $"'{currency}' is no ISO 4217 code such as USD.");
        var zone = input.Text("billingTimeZone");
        if (zone is not null && DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is null) input.Fault("billingTimeZone", "unknown_zone", $"'{zone}' is no IANA time zone such as Europe/Berlin.");
        var attribution = input.OneOf("attribution", false, [.. AttributionPolicy.Names]);
        var split = input.Number("splitPercent", least: 0);
        if (split > 100 || (split is { } p && decimal.Round(p, 4) != p)) input.Fault("splitPercent", "out_of_range", "'splitPercent' is the group's part, from 0 to 100 with at most 4 decimals.");
        var policy = attribution ?? (known is null ? AttributionPolicy.Default.Name : (known.ComingAfter(now) ?? known.TermsAt(now)).Attribution);
        if (attribution == "split" && !input.Has("splitPercent")) input.Fault("splitPercent", "required", "'split' needs 'splitPercent', the group's part in percent.");
        if (split is not null && policy != "split") input.Fault("splitPercent", "ambiguous", "'splitPercent' belongs to the policy 'split'.");
        return new TenantChange(name, currency, zone, attribution, split, input.Text("defaultPlan"));
    }
}

using System.Globalization;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>Checks the configuration before anything starts: a wrong value ends the start with a sentence that names it.</summary>
internal static class PortalSettings
{
    public static void Check(IConfiguration configuration)
    {
        var faults = new List<string>();
        var insights = configuration.GetSection("Insights");
        Number(insights, "Ingest:MaxBatchEvents", 1, 1_000_000, faults);
        Number(insights, "Ingest:MaxBodyBytes", 1024, 1_000_000_000, faults);
        Number(insights, "Ingest:MaxEventBytes", 256, 10_000_000, faults);
        Number(insights, "Ingest:MaxWaitingEvents", 1, 10_000_000, faults);
        Number(insights, "Ingest:FutureToleranceMinutes", 0, 525_600, faults);
        Number(insights, "SignIn:PerMinute", 1, 1_000_000, faults);
        Number(insights, "Api:RequestsPerMinute", 1, 100_000_000, faults);
        Number(insights, "Metrics:Port", 1, 65_535, faults);
        Number(insights, "Billing:CloseAfterDays", 0, 3_650, faults);
        Number(insights, "Ledger:KeepMonths", 13, 1_200, faults);
        Number(insights, "Bulk:ApprovalAbove", 0, 1_000_000_000, faults);
        Number(insights, "Mail:Port", 1, 65_535, faults);
        Flag(insights, "Mail:StartTls", faults);
        faults.AddRange(Account.OidcSettings.Faults(configuration));
        Number(insights, "SignIn:CheckSeconds", 1, 30, faults);
        if (insights["PublicAddress"] is { Length: > 0 } site && !(Uri.TryCreate(site, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https") && address.AbsolutePath == "/"))
            faults.Add($"Insights:PublicAddress is '{site}'; expected is where people reach the portal, such as https://insights.example.org.");
        faults.AddRange(ClientAddress.Faults(configuration));
        Flag(insights, "Webhooks:AllowPrivateTargets", faults);
        if (insights["Mail:Host"] is { Length: > 0 } && !MimeKit.MailboxAddress.TryParse(insights["Mail:From"], out _))
            faults.Add($"Insights:Mail:From is '{insights["Mail:From"]}'; with Insights:Mail:Host it must be the sender's address.");
        Flag(insights, "Demo", faults);
        Flag(insights, "Database:Distributed", faults);
        if (bool.TryParse(insights["Database:Distributed"], out var distributed) && distributed && configuration.GetConnectionString("Insights") is not { Length: > 0 })
            faults.Add("Insights:Database:Distributed is true; it needs a ConnectionStrings:Insights to the coordinator of a Citus cluster.");
        Flag(insights, "Metrics:RequireKey", faults);
        Flag(insights, "Logs:Json", faults);
        Number(insights, "Shutdown:DrainSeconds", 0, 300, faults);
        if (insights["OpenTelemetry:Endpoint"] is { Length: > 0 } collector && !(Uri.TryCreate(collector, UriKind.Absolute, out var telemetry) && telemetry.Scheme is "http" or "https"))
            faults.Add($"Insights:OpenTelemetry:Endpoint is '{collector}'; expected is the address of a collector such as http://localhost:4317.");
        if (insights["Currency"] is { } currency && !Domain.Money.Currency.TryParse(currency, out _))
            faults.Add($"Insights:Currency is '{currency}'; expected is an ISO 4217 code such as USD.");
        if (insights["BillingTimeZone"] is { } zone && DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is null)
            faults.Add($"Insights:BillingTimeZone is '{zone}'; expected is an IANA zone such as Europe/Berlin.");
        if (insights["Tenant"] is { } tenant && (tenant.Length is 0 or > 63 || tenant.Any(char.IsWhiteSpace)))
            faults.Add("Insights:Tenant must be a key of 1 to 63 characters without spaces.");
        if (insights["Bootstrap:ApiKey"] is { Length: > 0 and < 20 })
            faults.Add("Insights:Bootstrap:ApiKey is too short; expected are 20 characters or more, such as omi_ and 43 others.");
        if (insights["Bootstrap:AdminEmail"] is { Length: > 0 } email)
        {
            if (!email.Contains('@', StringComparison.Ordinal)) faults.Add($"Insights:Bootstrap:AdminEmail is '{email}'; expected is an email address.");
            if (insights["Bootstrap:AdminPassword"] is not { Length: >= 8 }) faults.Add("Insights:Bootstrap:AdminPassword must have 8 characters or more.");
        }
        if (configuration.GetConnectionString("Insights") is { Length: > 0 } connection)
        {
            try
            {
                _ = new Npgsql.NpgsqlConnectionStringBuilder(connection);
            }
            catch (ArgumentException e)
            {
                faults.Add("ConnectionStrings:Insights is no connection string of PostgreSQL such as Host=db;Database=insights;Username=insights;Password=...: " + e.Message);
            }
        }
        if (faults.Count > 0) throw new StartupException(string.Join(" ", faults));
    }

    private static void Number(IConfiguration insights, string key, long least, long most, List<string> faults)
    {
        if (insights[key] is not { Length: > 0 } text) return;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < least || number > most)
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"Insights:{key} is '{text}'; expected is a number from {least} to {most}."));
    }

    private static void Flag(IConfiguration insights, string key, List<string> faults)
    {
        if (insights[key] is { Length: > 0 } text && !bool.TryParse(text, out _)) faults.Add($"Insights:{key} is '{text}'; expected is true or false.");
    }
}

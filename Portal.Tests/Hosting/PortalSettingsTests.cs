using Microsoft.Extensions.Configuration;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Tests.Hosting;

/// <summary>A wrong setting ends the start with a sentence that names it; nothing begins half-right.</summary>
public sealed class PortalSettingsTests
{
    [Theory]
    [InlineData("Insights:Ledger:KeepMonths", "12", "expected is a number from 13 to 1200")]
    [InlineData("Insights:Ledger:KeepMonths", "a year", "expected is a number from 13 to 1200")]
    [InlineData("Insights:Ingest:MaxBatchEvents", "0", "expected is a number from 1 to 1000000")]
    [InlineData("Insights:Ingest:MaxWaitingEvents", "1e6", "expected is a number")]
    [InlineData("Insights:Billing:CloseAfterDays", "-1", "expected is a number from 0")]
    [InlineData("Insights:SignIn:CheckSeconds", "60", "expected is a number from 1 to 30")]
    [InlineData("Insights:Demo", "yes", "expected is true or false")]
    [InlineData("Insights:Currency", "dollars", "an ISO 4217 code such as USD")]
    [InlineData("Insights:BillingTimeZone", "CET+1", "an IANA zone such as Europe/Berlin")]
    [InlineData("Insights:PublicAddress", "insights.example.org", "such as https://insights.example.org")]
    [InlineData("Insights:OpenTelemetry:Endpoint", "collector:4317", "the address of a collector")]
    [InlineData("Insights:Bootstrap:ApiKey", "short", "20 characters or more")]
    [InlineData("Insights:Bootstrap:AdminEmail", "admin", "expected is an email address")]
    [InlineData("Insights:Database:Distributed", "true", "needs a ConnectionStrings:Insights")]
    [InlineData("ConnectionStrings:Insights", "postgres://db/insights", "is no connection string of PostgreSQL")]
    public void A_wrong_value_is_named(string key, string value, string expected)
    {
        var said = Assert.Throws<StartupException>(() => PortalSettings.Check(Configuration((key, value)))).Message;

        Assert.Contains(key, said, StringComparison.Ordinal);
        Assert.Contains(expected, said, StringComparison.Ordinal);
    }

    [Fact]
    public void All_wrong_values_are_named_at_once()
    {
        var said = Assert.Throws<StartupException>(() => PortalSettings.Check(Configuration(("Insights:Demo", "perhaps"), ("Insights:Metrics:Port", "70000"), ("Insights:Currency", "€")))).Message;

        Assert.All(["Insights:Demo is 'perhaps'", "Insights:Metrics:Port is '70000'", "Insights:Currency is '€'"], part => Assert.Contains(part, said, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Insights:Ledger:KeepMonths", "13")]
    [InlineData("Insights:Ledger:KeepMonths", "")]
    [InlineData("Insights:BillingTimeZone", "Asia/Kolkata")]
    [InlineData("Insights:OpenTelemetry:Endpoint", "http://localhost:4317")]
    public void A_good_value_is_taken(string key, string value) => PortalSettings.Check(Configuration((key, value)));

    private static IConfiguration Configuration(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))).Build();
}

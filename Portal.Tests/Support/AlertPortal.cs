using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Infrastructure.Delivery;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Jobs;
using OpenMeet.Insights.Portal.Tests.Support;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>
/// A portal whose clock and whose jobs the test runs, with a mail server that catches all, and with webhooks to this machine allowed. The
/// clock starts on 20 November 2025, 12:00 UTC.
/// </summary>
public sealed class AlertPortal(PostgresServer server) : RunningPortal(server), IAsyncLifetime
{
    /// <summary>The secret of OpenMeet's tokens.</summary>
    public const string JwtSecret = "a-secret-for-tests-only-0123456789";

    /// <summary>The portal's clock.</summary>
    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2025, 11, 20, 12, 0, 0, TimeSpan.Zero));

    /// <summary>Where its mail arrives.</summary>
    public MailCatcher Mail { get; } = new();

    /// <summary>Now, on its clock.</summary>
    public Instant Now => Instant.FromDateTimeOffset(Clock.GetUtcNow());

    internal override void Adjust(WebApplicationBuilder builder) => Adjust(builder, Clock, Mail.Port);

    internal static void Adjust(WebApplicationBuilder builder, TimeProvider clock, int mailPort)
    {
        builder.Services.AddSingleton(clock);
        builder.Configuration["Insights:OpenMeet:JwtSecret"] = JwtSecret;
        builder.Configuration["Insights:Webhooks:AllowPrivateTargets"] = "true";
        builder.Configuration["Insights:Mail:Host"] = "127.0.0.1";
        builder.Configuration["Insights:Mail:Port"] = mailPort.ToString(CultureInfo.InvariantCulture);
        builder.Configuration["Insights:Mail:From"] = "insights@example.org";
        builder.Configuration["Insights:Mail:StartTls"] = "false";
        builder.Host.UseServiceProviderFactory(new WithoutJobs());
    }

    /// <summary>Looks at a community's rules; how many alerts were told.</summary>
    public async Task<int> LookAsync(TestCommunity community) =>
        (await Services.GetRequiredService<AlertEvaluation>().RunAsync(await TenantAsync(community), TestContext.Current.CancellationToken)).Told;

    /// <summary>Sends what is due.</summary>
    public Task DeliverAsync() => Services.GetRequiredService<Deliveries>().RunAsync(TestContext.Current.CancellationToken);

    /// <summary>A community's tenant.</summary>
    public Task<Tenant> TenantAsync(TestCommunity community) => Services.GetRequiredService<TenantStore>().GetAsync(community.Id, TestContext.Current.CancellationToken);

    /// <summary>Titles in somebody's inbox, oldest first.</summary>
    public async Task<string[]> InboxAsync(TestCommunity community, string recipient) =>
        [.. (await Services.GetRequiredService<AlertReports>().InboxAsync(community.Id, recipient, 0, 100, TestContext.Current.CancellationToken)).Notices.Reverse().Select(n => n.Title)];

    public new async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Mail.DisposeAsync();
    }
}

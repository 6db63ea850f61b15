using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authorization;
using MudBlazor.Services;
using OpenMeet.Insights.Portal.Account;
using OpenMeet.Insights.Portal.Alerts;
using OpenMeet.Insights.Portal.Audit;
using OpenMeet.Insights.Portal.Controls;
using OpenMeet.Insights.Portal.Costs;
using OpenMeet.Insights.Portal.Directory;
using OpenMeet.Insights.Portal.Fleet;
using OpenMeet.Insights.Portal.Forecasting;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Metering;
using OpenMeet.Insights.Portal.People;
using OpenMeet.Insights.Portal.Pricing;
using OpenMeet.Insights.Portal.Quotas;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Portal.Storage;
using OpenMeet.Insights.Portal.Upgrades;
using OpenMeet.Insights.Portal.Webhooks;
using Prometheus;
using Scalar.AspNetCore;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>The portal's own services and its pipeline.</summary>
internal static class PortalServices
{
    public static void AddPortal(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(IngestLimits.From(configuration));
        services.AddSingleton(new Infrastructure.Metering.LedgerSettings(configuration.GetValue("Insights:Ingest:MaxWaitingEvents", new Infrastructure.Metering.LedgerSettings().MaxWaitingEvents)));
        services.AddSingleton(new Infrastructure.Metering.LedgerKeeping(configuration.GetValue<int?>("Insights:Ledger:KeepMonths")));
        services.AddScoped<FailedLoad>();
        services.AddSingleton(new Infrastructure.Pricing.BillingSettings(configuration.GetValue<int?>("Insights:Billing:CloseAfterDays")));
        services.AddSingleton(new Infrastructure.Fleet.BulkSettings(configuration.GetValue("Insights:Bulk:ApprovalAbove", 100)));
        services.AddSingleton(MessageSettings.Mail(configuration));
        services.AddSingleton(new Infrastructure.Webhooks.WebhookSettings(configuration.GetValue("Insights:Webhooks:AllowPrivateTargets", false)));
        services.AddScoped<InboxSignal>();
        services.AddSingleton<ApiAccess>();
        services.AddSingleton<Readiness>();
        services.AddDrain(configuration);
        services.AddHostedService<DemoStart>();
        services.AddClientAddress(configuration);
        services.AddRequestLimits(configuration);
        services.AddHsts(hsts => hsts.MaxAge = TimeSpan.FromDays(365));
        services.AddExceptionHandler<UnhandledErrors>();
        services.AddProblemDetails();
        services.AddOpenApi("v1", ApiDescription.Describe);
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.Never;
        });
        services.AddAntiforgery(form =>
        {
            form.Cookie.Name = "insights-form";
            form.Cookie.HttpOnly = true;
            form.Cookie.SameSite = SameSiteMode.Strict;
            form.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddAccounts(configuration);
        services.AddScoped<PageAccess>();
        services.AddScoped<StatementAccess>();
        services.AddScoped<FleetAccess>();
        services.AddScoped<BulkAccess>();
        services.AddScoped<AskHint>();
        services.AddScoped<Community.CommunityAccess>();
        services.AddSingleton<PrerenderedModels>();
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddScoped<Microsoft.AspNetCore.Components.Server.Circuits.CircuitHandler, CircuitCount>();
        services.AddMudServices();
    }

    public static void UsePortal(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UseRequestTimes();
        app.UseDrain();
        app.UseSecurityHeaders();
        app.UseExceptionHandler();
        app.UseWhen(http => http.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal), branch => branch.UseStatusCodePages(async context =>
        {
            if (context.HttpContext.Request.Path.StartsWithSegments("/api/docs", StringComparison.Ordinal)) return;
            var status = context.HttpContext.Response.StatusCode;
            await Problems.WriteAsync(context.HttpContext, status, status switch
            {
                404 => "There is nothing at this address.",
                405 => "This address does not take this method.",
                415 => "The body's media type is not taken here.",
                _ => "The request was refused.",
            });
        }));
        app.UseWhen(
            http => !http.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal) && !http.Request.Path.StartsWithSegments("/_blazor", StringComparison.Ordinal),
            branch => branch.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true));
        app.UsePlainQueries();
        app.UseRouting();
        app.UsePortalMetrics();
        app.UseRateLimiter();
        app.UseLanguages();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapHealth();

        var api = app.MapGroup("/api/v1").AddEndpointFilterFactory((factory, next) =>
        {
            var access = factory.ApplicationServices.GetRequiredService<ApiAccess>();
            return invocation => access.InvokeAsync(invocation, next);
        });
        api.MapEvents();
        api.MapOpenMeetLog();
        api.MapMeters();
        api.MapUsage();
        api.MapCosts();
        api.MapAnomalies();
        api.MapPlans();
        api.MapQuotas();
        api.MapOverrides();
        api.MapPolicies();
        api.MapRetention();
        api.MapForecasts();
        api.MapDecisions();
        api.MapAlerts();
        api.MapWebhooks();
        api.MapRules();
        api.MapDisputes();
        api.MapDirectory();
        api.MapTenants();
        api.MapKeys();
        api.MapInvitations();
        api.MapAudit();

        app.MapOpenApi();
        app.MapScalarApiReference("/api/docs", page =>
        {
            // The page asks nobody else for anything.
            page.Title = "OpenMeet Insights API";
            (page.DefaultFonts, page.Telemetry, page.ShowDeveloperTools) = (false, false, DeveloperToolsVisibility.Never);
            page.Agent = new ScalarAgentOptions { Disabled = true };
            page.HideClientButton = true;
            page.DynamicNonce = true;
        });
        app.MapAccounts();
        app.MapStatementFiles();
        app.MapLanguages();
        app.MapFleetFiles();
        app.MapDueFiles();
        app.MapPersonalFile();
        Community.CommunityFiles.MapCommunityFiles(app);
        app.MapStaticAssets();
        // A circuit is for who has signed in; pages for others are plain HTML.
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode().Add(endpoint =>
        {
            if (endpoint is RouteEndpointBuilder { RoutePattern.RawText: { } path } && path.TrimStart('/').StartsWith("_blazor", StringComparison.Ordinal)) endpoint.Metadata.Add(new AuthorizeAttribute());
        });
    }
}

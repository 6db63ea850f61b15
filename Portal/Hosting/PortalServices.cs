using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Identity;
using MudBlazor.Services;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Demo;
using OpenMeet.Insights.Infrastructure.Directory;
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
        services.AddSingleton(new Infrastructure.Pricing.BillingSettings(configuration.GetValue<int?>("Insights:Billing:CloseAfterDays")));
        services.AddSingleton(new Infrastructure.Fleet.BulkSettings(configuration.GetValue("Insights:Bulk:ApprovalAbove", 100)));
        services.AddSingleton(MessageSettings.Mail(configuration));
        services.AddSingleton(new Infrastructure.Webhooks.WebhookSettings(configuration.GetValue("Insights:Webhooks:AllowPrivateTargets", false)));
        services.AddScoped<InboxSignal>();
        services.AddSingleton<ApiAccess>();
        services.AddSingleton<Readiness>();
        services.AddHostedService<DemoStart>();
        services.AddExceptionHandler<UnhandledErrors>();
        services.AddProblemDetails();
        services.AddOpenApi("v1", openApi => openApi.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "OpenMeet Insights";
            document.Info.Description = "Usage, cost, plans and quotas. Send a service key as 'Authorization: Bearer ...', and X-Tenant-Id for another than the default tenant.";
            return Task.CompletedTask;
        }));
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.Never;
        });
        services.AddIdentity<InsightsUser, IdentityRole>(identity =>
        {
            identity.Password = new PasswordOptions
            {
                RequiredLength = 8,
                RequireDigit = false,
                RequireLowercase = false,
                RequireUppercase = false,
                RequireNonAlphanumeric = false,
                RequiredUniqueChars = 4,
            };
            identity.User.RequireUniqueEmail = true;
            identity.Lockout.MaxFailedAccessAttempts = 10;
        }).AddEntityFrameworkStores<InsightsDbContext>().AddDefaultTokenProviders();
        services.AddScoped<IUserClaimsPrincipalFactory<InsightsUser>, InsightsClaims>();
        services.ConfigureApplicationCookie(cookie =>
        {
            cookie.LoginPath = "/account/login";
            cookie.LogoutPath = PortalUrls.Logout;
            cookie.AccessDeniedPath = PortalUrls.NoPermission;
            cookie.ReturnUrlParameter = "returnUrl";
            cookie.Cookie.Name = "insights";
            cookie.ExpireTimeSpan = TimeSpan.FromDays(14);
        });
        // A circuit outlives a cookie: names and links are looked up again at least every few minutes.
        services.Configure<SecurityStampValidatorOptions>(stamp => stamp.ValidationInterval = TimeSpan.FromMinutes(5));
        services.AddAuthorization();
        services.AddCascadingAuthenticationState();
        services.AddScoped<PageAccess>();
        services.AddScoped<StatementAccess>();
        services.AddScoped<FleetAccess>();
        services.AddScoped<BulkAccess>();
        services.AddScoped<AskHint>();
        services.AddScoped<Community.CommunityAccess>();
        services.AddSingleton<PrerenderedModels>();
        services.AddSingleton(configuration.GetValue("Insights:Demo", false)
            ? new DemoSignIns([.. DemoFill.SignIns.Select(s => new Account.DemoSignIn(s.Email, DemoFill.Password, s.Role))])
            : DemoSignIns.None);
        services.AddSingleton<FirstRun>();
        services.AddHostedService(provider => provider.GetRequiredService<FirstRun>());
        services.AddSingleton<CreateFirstAdmin>(provider => provider.GetRequiredService<FirstRun>().CreateAsync);
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddScoped<Microsoft.AspNetCore.Components.Server.Circuits.CircuitHandler, CircuitCount>();
        services.AddMudServices();
    }

    public static void UsePortal(this WebApplication app)
    {
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
            http => !http.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal),
            branch => branch.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true));
        app.UsePlainQueries();
        app.UseRouting();
        app.UsePortalMetrics();
        app.UseSecurityHeaders();
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
        api.MapAudit();

        app.MapOpenApi();
        app.MapScalarApiReference("/api/docs", page =>
        {
            // The page asks nobody else for anything.
            page.Title = "OpenMeet Insights API";
            (page.DefaultFonts, page.Telemetry, page.ShowDeveloperTools) = (false, false, DeveloperToolsVisibility.Never);
            page.Agent = new ScalarAgentOptions { Disabled = true };
            page.HideClientButton = true;
        });
        app.MapStatementFiles();
        app.MapLanguages();
        app.MapFleetFiles();
        app.MapDueFiles();
        Community.CommunityFiles.MapCommunityFiles(app);
        app.MapStaticAssets();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
    }
}

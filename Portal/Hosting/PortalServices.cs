using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Identity;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Costs;
using OpenMeet.Insights.Portal.Metering;
using OpenMeet.Insights.Portal.Pricing;
using OpenMeet.Insights.Portal.Quotas;
using Prometheus;
using Scalar.AspNetCore;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>The portal's own services and its pipeline.</summary>
internal static class PortalServices
{
    public static void AddPortal(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(IngestLimits.From(configuration));
        services.AddSingleton<ApiAccess>();
        services.AddSingleton<Readiness>();
        services.AddHostedService<DemoStart>();
        services.AddExceptionHandler<UnhandledErrors>();
        services.AddProblemDetails();
        services.AddOpenApi("v1");
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.Never;
        });
        services.AddIdentity<InsightsUser, IdentityRole>(identity =>
        {
            identity.Password = new PasswordOptions
            {
                RequiredLength = 8, RequireDigit = false, RequireLowercase = false, RequireUppercase = false, RequireNonAlphanumeric = false, RequiredUniqueChars = 4,
            };
            identity.User.RequireUniqueEmail = true;
            identity.Lockout.MaxFailedAccessAttempts = 10;
        }).AddEntityFrameworkStores<InsightsDbContext>().AddDefaultTokenProviders();
        services.AddAuthorization();
    }

    public static void UsePortal(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseRouting();
        app.UseStatusCodePages(async context =>
        {
            if (!context.HttpContext.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal)) return;
            var status = context.HttpContext.Response.StatusCode;
            await Problems.WriteAsync(context.HttpContext, status, status switch
            {
                404 => "There is nothing at this address.",
                405 => "This address does not take this method.",
                415 => "The body's media type is not taken here.",
                _ => "The request was refused.",
            });
        });
        app.UsePortalMetrics();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapHealth();

        var api = app.MapGroup("/api/v1").AddEndpointFilterFactory((factory, next) =>
        {
            var access = factory.ApplicationServices.GetRequiredService<ApiAccess>();
            return invocation => access.InvokeAsync(invocation, next);
        });
        api.MapEvents();
        api.MapMeters();
        api.MapUsage();
        api.MapCosts();
        api.MapPlans();
        api.MapQuotas();

        app.MapOpenApi();
        app.MapScalarApiReference("/api/docs");
    }
}

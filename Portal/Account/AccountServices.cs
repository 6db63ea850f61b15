using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Identity;
using OpenMeet.Insights.Infrastructure.Account;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Demo;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>Accounts, every way in, and what keeps a sign-in up.</summary>
internal static class AccountServices
{
    public static void AddAccounts(this IServiceCollection services, IConfiguration configuration)
    {
        var settings = SignInSettings.From(configuration);
        services.AddSingleton(settings);
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
            identity.Tokens.AuthenticatorIssuer = "OpenMeet Insights";
        }).AddEntityFrameworkStores<InsightsDbContext>().AddUserManager<AccountUsers>().AddPasswordValidator<CommonPasswords>().AddSignInManager<PortalSignIn>().AddDefaultTokenProviders();
        services.AddScoped<IUserClaimsPrincipalFactory<InsightsUser>, InsightsClaims>();
        services.Configure<DataProtectionTokenProviderOptions>(token => token.TokenLifespan = SignInSettings.LinkLife);
        services.ConfigureApplicationCookie(cookie =>
        {
            cookie.LoginPath = "/account/login";
            cookie.LogoutPath = PortalUrls.Logout;
            cookie.AccessDeniedPath = PortalUrls.NoPermission;
            cookie.ReturnUrlParameter = "returnUrl";
            cookie.Cookie.Name = "insights";
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            cookie.ExpireTimeSpan = PortalSessions.Unseen.ToTimeSpan();
        });
        services.Configure<SecurityStampValidatorOptions>(stamp =>
        {
            stamp.ValidationInterval = settings.CheckEvery;
            stamp.OnRefreshingPrincipal = context =>
            {
                PortalSignIn.Keep(context.CurrentPrincipal!, context.NewPrincipal!);
                return Task.CompletedTask;
            };
        });
        services.AddAuthorization();
        services.AddCascadingAuthenticationState();
        services.AddScoped<AuthenticationStateProvider, LiveSignIn>();
        services.AddScoped<AccountAccess>();
        services.AddSingleton<LinkTicket>();
        services.Configure<IdentityPasskeyOptions>(passkey =>
        {
            passkey.ServerDomain = settings.PublicAddress?.Host;
            // A passkey stands for password and code, so the device has to know its owner; and it says who it is itself.
            (passkey.UserVerificationRequirement, passkey.ResidentKeyRequirement) = ("required", "required");
        });
        if (OidcSettings.From(configuration) is { } provider) services.AddOidc(provider);
        services.AddSingleton<AccountMails>();
        services.AddHostedService(provider => provider.GetRequiredService<AccountMails>());
        services.AddSingleton(configuration.GetValue("Insights:Demo", false)
            ? new DemoSignIns([.. DemoFill.SignIns.Select(s => new DemoSignIn(s.Email, DemoFill.Password, s.Role))])
            : DemoSignIns.None);
        services.AddSingleton<FirstRun>();
        services.AddHostedService(provider => provider.GetRequiredService<FirstRun>());
        services.AddSingleton<CreateFirstAdmin>(provider => provider.GetRequiredService<FirstRun>().CreateAsync);
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Hosting;

/// <summary>A portal with narrow limits, of which every word of its log is kept, down to the finest level.</summary>
public sealed partial class WatchedPortal(PostgresServer server) : RunningPortal(server)
{
    public const string JwtSecret = "shared-with-openmeet-and-never-logged";
    public const string Password = "correct-horse-2026";
    public const int SignInsPerMinute = 14;
    public const int CallsPerMinute = 40;

    private readonly LogKeeper _log = new();

    /// <summary>What was logged so far.</summary>
    public IReadOnlyCollection<string> Log => _log.Lines;

    internal override void Adjust(WebApplicationBuilder builder)
    {
        builder.Configuration["Insights:OpenMeet:JwtSecret"] = JwtSecret;
        builder.Configuration["Insights:SignIn:PerMinute"] = SignInsPerMinute.ToString(System.Globalization.CultureInfo.InvariantCulture);
        builder.Configuration["Insights:Api:RequestsPerMinute"] = CallsPerMinute.ToString(System.Globalization.CultureInfo.InvariantCulture);
        builder.Logging.AddProvider(_log).AddFilter<LogKeeper>(null, LogLevel.Trace);
    }

    /// <summary>Makes somebody who may sign in.</summary>
    public async Task<string> NewPersonAsync()
    {
        var email = $"p{Guid.NewGuid():N}@example.org";
        await using var scope = Services.CreateAsyncScope();
        var tenant = (await scope.ServiceProvider.GetRequiredService<TenantStore>().FindAsync("default", CancellationToken.None))!;
        var made = await scope.ServiceProvider.GetRequiredService<UserManager<InsightsUser>>().CreateAsync(
            new InsightsUser { UserName = email, Email = email, EmailConfirmed = true, TenantId = tenant.Id, UserKey = "ann" }, Password);
        Assert.True(made.Succeeded);
        return email;
    }

    /// <summary>A client that follows nothing and keeps no cookie.</summary>
    public HttpClient Browser()
    {
#pragma warning disable CA2000 // The client owns its handler, and lives as long as its test.
        return new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address };
#pragma warning restore CA2000
    }

    /// <summary>Opens the form of the sign-in.</summary>
    public static async Task<(string Token, string Cookie, HttpResponseMessage Answer)> OpenFormAsync(HttpClient browser)
    {
        var form = await browser.GetAsync(new Uri("account/login", UriKind.Relative));
        var token = TokenField().Match(await form.Content.ReadAsStringAsync()).Groups[1].Value;
        return (token, string.Join("; ", form.Headers.GetValues("Set-Cookie").Select(c => c.Split(';')[0])), form);
    }

    /// <summary>Sends the form.</summary>
    public static async Task<HttpResponseMessage> SignInAsync(HttpClient browser, (string Token, string Cookie, HttpResponseMessage) form, string email, string password)
    {
        using var post = new HttpRequestMessage(HttpMethod.Post, "account/login")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["_handler"] = "login", ["__RequestVerificationToken"] = form.Token, ["Email"] = email, ["Password"] = password }),
        };
        post.Headers.Add("Cookie", form.Cookie);
        return await browser.SendAsync(post);
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex TokenField();

    private sealed class LogKeeper : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull
        {
            _lines.Enqueue(state.ToString() ?? "");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue($"{formatter(state, exception)} {(state is IEnumerable<KeyValuePair<string, object?>> parts ? string.Join(' ', parts.Select(p => $"{p.Key}={p.Value}")) : "")} {exception}");

        public void Dispose()
        {
        }
    }
}

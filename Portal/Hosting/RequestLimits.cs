using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>How much one sender may ask: forms of the sign-in by address, the API by credential where a number is configured.</summary>
internal static class RequestLimits
{
    /// <summary>Bodies are small; what takes more says so where it is mapped.</summary>
    public const long MostBytes = 1_048_576;

    /// <summary>A whole directory at once.</summary>
    public const int DirectoryBytes = 33_554_432;

    private const int SignInsPerMinute = 100;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public static void AddRequestLimits(this IServiceCollection services, IConfiguration configuration)
    {
        var signIns = configuration.GetValue("Insights:SignIn:PerMinute", SignInsPerMinute);
        var calls = configuration.GetValue<int?>("Insights:Api:RequestsPerMinute");
        services.AddRateLimiter(limits =>
        {
            limits.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => context.Request switch
            {
                { Method: "POST" } form when form.Path.StartsWithSegments("/account", StringComparison.OrdinalIgnoreCase) => Window("sign-in " + ClientAddress.SenderOf(context), signIns),
                { Path: var path } when calls is { } most && path.StartsWithSegments("/api/v1", StringComparison.OrdinalIgnoreCase) => Window("api " + Sender(context), most),
                _ => RateLimitPartition.GetNoLimiter(""),
            });
            limits.OnRejected = (context, cancel) => RefuseAsync(context, cancel);
        });
    }

    private static RateLimitPartition<string> Window(string who, int most) =>
        RateLimitPartition.GetFixedWindowLimiter(who, _ => new FixedWindowRateLimiterOptions { PermitLimit = most, Window = Minute });

    // The credential itself is kept nowhere.
    private static string Sender(HttpContext context) => context.Request.Headers.Authorization.ToString() is { Length: > 0 } credential
        ? Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(credential))) : ClientAddress.SenderOf(context);

    private static async ValueTask RefuseAsync(OnRejectedContext rejected, CancellationToken cancel)
    {
        var context = rejected.HttpContext;
        var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var known) ? known : Minute;
        context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase))
        {
            await Problems.WriteAsync(context, StatusCodes.Status429TooManyRequests, "Too many requests with this credential. Retry-After says in how many seconds the next one is taken.");
            return;
        }
        context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        await context.Response.WriteAsync("Too many tries from your address. Wait a minute, go back, and try again.", cancel);
    }
}

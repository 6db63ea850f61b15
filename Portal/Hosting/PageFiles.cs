using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>Files that pages offer: by the pages' own sign-in and rights, and kept by nobody on the way.</summary>
internal static class PageFiles
{
    /// <summary>Makes a request one of a page: rights are asked where pages ask for them, and outside a page nobody has told who is signed in.</summary>
    public static void AsPage(this HttpContext context)
    {
        if (context.RequestServices.GetRequiredService<AuthenticationStateProvider>() is IHostEnvironmentAuthenticationStateProvider state)
            state.SetAuthenticationState(Task.FromResult(new AuthenticationState(context.User)));
        context.Response.Headers.CacheControl = "no-store";
    }
}

using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.People;
using OpenMeet.Insights.Portal.Account;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.People;

/// <summary>Invitations over the API, by the rules of the page of people.</summary>
internal static class InvitationEndpoints
{
    public static void MapInvitations(this IEndpointRouteBuilder api)
    {
        var invitations = api.MapGroup("/invitations").WithTags("People").RequireScope("admin");
        invitations.MapGet("", ListAsync).WithName("ListInvitations").WithSummary("Who was invited to sign in and has not come yet, by address.");
        invitations.MapPost("", InviteAsync).WithName("Invite").WithSummary("Invites somebody, or sends a newer link. The link goes by mail; where there is none, it is shown only now.");
        invitations.MapDelete("/{id}", WithdrawAsync).WithName("WithdrawInvitation").WithSummary("Takes an invitation back that was not taken yet: its link opens nothing any more.");
    }

    private static async Task<IResult> ListAsync(HttpContext context, PeopleReports reports)
    {
        var input = new QueryInput(context.Request);
        var (limit, after) = (input.Limit(100, 1000), input.Text("cursor") ?? "");
        if (input.Faults.Count > 0) return Problems.Input(input.Faults);
        var found = await reports.WaitingAsync(context.Caller().Tenant.Id, after, limit + 1, context.RequestAborted);
        return Results.Json(new
        {
            items = found.Take(limit).Select(p => new { id = p.Id, email = p.Email, role = RoleOf(p.IsAdmin), user = p.UserKey, until = p.InvitedUntil is { } until ? Rfc3339.Format(until) : null }),
            nextCursor = found.Count > limit ? found[limit - 1].Email : null,
        });
    }

    private static async Task<IResult> InviteAsync(HttpContext context, Invitations store, AccountMails mails, TimeProvider time)
    {
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return Problems.Input(faults);
        var caller = context.Caller();
        if (InvitationInput.Read(new BodyInput(body, faults), MayInviteAdministrators(caller)) is not { } invited) return Problems.Input(faults);
        var isMailed = mails.IsReady(context.Request);
        var (link, fault) = await store.InviteAsync(caller.Tenant.Id, invited, isMailed, caller.Actor(time), context.RequestAborted);
        if (link is null)
        {
            var why = InvitationInput.FaultOf(fault, invited);
            return Problems.Input([why], why.Code == "taken" ? StatusCodes.Status409Conflict : StatusCodes.Status400BadRequest);
        }
        var (here, path) = (AccountMails.Here(context.Request), PortalUrls.Invitation(link.UserId, link.Token));
        if (isMailed) mails.Invite(invited.Email, path, caller.Tenant.Name, here);
        return Results.Json(
            new { id = link.UserId, email = invited.Email, role = RoleOf(invited.IsAdmin), user = invited.UserKey, until = Rfc3339.Format(link.Until), isMailed, link = isMailed ? null : mails.LinkTo(path, here) },
            statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> WithdrawAsync(HttpContext context, Invitations store, TimeProvider time, string id) =>
        await store.WithdrawAsync(context.Caller().Tenant.Id, id, context.Caller().Actor(time), context.RequestAborted) ? Results.NoContent() : Problems.NotFound("There is no such invitation that waits.");

    // An administrator makes keys with every scope: a key that lacks one must not come to it that way.
    private static bool MayInviteAdministrators(ApiCaller caller) => caller.Administrator is not null || ServiceKeyStore.AllScopes.All(caller.Scopes.Contains);

    private static string RoleOf(bool isAdmin) => isAdmin ? "admin" : "member";
}

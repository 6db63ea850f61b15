using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.People;
using OpenMeet.Insights.Portal.Account;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.People;

/// <summary>One page of who can sign in, and of who was invited to.</summary>
/// <param name="Tenant">The community.</param>
/// <param name="People">The page.</param>
/// <param name="Found">How many there are on all pages.</param>
/// <param name="List">Which page, of what search.</param>
/// <param name="Now">When it was read.</param>
/// <param name="Staying">The addresses whose sign-in cannot be removed: the viewer's own, and those of the demo.</param>
public sealed record PeopleModel(Tenant Tenant, IReadOnlyList<Person> People, int Found, ListState List, Instant Now, IReadOnlyList<string> Staying)
{
    /// <summary>Whether somebody was invited and has not come yet.</summary>
    public static bool IsWaiting(Person person) => person.InvitedUntil is not null;

    /// <summary>Whether the viewer can take the sign-in away.</summary>
    public bool MayRemove(Person person) => !Staying.Contains(person.Email, StringComparer.OrdinalIgnoreCase);
}

/// <summary>Who can sign in to this community; an administrator invites more, and takes a sign-in away.</summary>
public sealed partial class AdminPeoplePage
{
    [SupplyParameterFromQuery]
    public string? Q { get; set; }

    [SupplyParameterFromQuery]
    public string? Page { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required PeopleReports Reports { get; init; }

    [Inject]
    public required Invitations Store { get; init; }

    [Inject]
    public required SignInRemoval Removal { get; init; }

    [Inject]
    public required DemoSignIns Demo { get; init; }

    protected override async Task<PeopleModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.AdminAsync(cancel) is not { } viewer) return null;
        var list = ListState.Parse(Q, null, Page);
        var (people, found) = await Reports.PageAsync(viewer.Tenant.Id, list.Search, list.Skip, ListState.PageSize, cancel);
        return new PeopleModel(viewer.Tenant, people, found, list, viewer.Actor(Clock).At, [viewer.Email, .. Demo.People.Select(p => p.Email)]);
    }

    // An invitation that was taken meanwhile stays: that it is a sign-in by now is seen first.
    private async Task RemoveAsync(Person person)
    {
        if (await Access.AdminAsync(default) is { } viewer)
        {
            if (PeopleModel.IsWaiting(person)) await Store.WithdrawAsync(viewer.Tenant.Id, person.Id, viewer.Actor(Clock), default);
            else if (Model!.MayRemove(person)) await Removal.RemoveAsync(viewer.Tenant.Id, person.Id, viewer.Actor(Clock), default);
        }
        await ReloadAsync();
    }
}

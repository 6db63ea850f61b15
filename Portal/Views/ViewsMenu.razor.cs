using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Views;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Views;

/// <summary>Saved views: addresses under names, one's own and those shared by people who run the same.</summary>
public sealed partial class ViewsMenu : IDisposable
{
    private IReadOnlyList<SavedView>? _views;
    private string? _owner;
    private string? _name;
    private bool _locked;
    private bool _shared;
    private bool _start;
    private string? _said;

    [CascadingParameter]
    public Task<AuthenticationState>? Authentication { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required ViewStore Store { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    private string Address => "/" + Navigation.ToBaseRelativePath(Navigation.Uri).Split('#')[0];

    private string? Group => ViewAddress.GroupOf(Address);

    private bool CanShare => Group is not null || Address.StartsWith("/admin/", StringComparison.Ordinal);

    protected override void OnInitialized() => Navigation.LocationChanged += OnLocationChanged;

    protected override async Task OnInitializedAsync() => await LoadAsync();

    public void Dispose() => Navigation.LocationChanged -= OnLocationChanged;

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e)
    {
        _said = null;
        InvokeAsync(StateHasChanged);
    }

    private async Task LoadAsync()
    {
        try
        {
            if (await ReaderAsync() is not (var viewer, var reader)) return;
            _owner = viewer.Recipient;
            _views = await Store.ListAsync(reader, default);
        }
        catch (Exception e) when (PostgresErrors.IsUnavailable(e))
        {
            // The page says so itself; its views come with the next one.
        }
    }

    private async Task<(Viewer, ViewReader)?> ReaderAsync()
    {
        if (Authentication is null || PortalUser.From((await Authentication).User) is not { } user || await Access.ViewerAsync(default) is not { } viewer) return null;
        return (viewer, new ViewReader(viewer.Tenant.Id, viewer.Recipient, [.. user.Groups.Select(g => g.Key)], viewer.IsAdmin));
    }

    private Task SaveAsync() => StoreAsync(async () =>
    {
        var name = _name?.Trim();
        if (string.IsNullOrEmpty(name) || await ReaderAsync() is not (var viewer, var _) || !ViewAddress.IsOwn(Address)) return;
        var today = viewer.Today(Clock).ToDateOnly();
        var actor = viewer.Actor(Clock);
        var saved = await Store.SaveAsync(new SavedView
        {
            Id = Guid.CreateVersion7(),
            TenantId = viewer.Tenant.Id,
            Owner = viewer.Recipient,
            Name = name,
            Address = _locked ? ViewAddress.Locked(Address, today) : Address,
            Group = Group,
            IsShared = _shared && CanShare,
            IsStart = _start,
            SavedAt = actor.At,
        }, actor, default);
        (_said, _name, _locked, _shared, _start) = saved ? (Words.Say("Saved as {0}.", name), null, false, false, false) : (Words.Say("You keep {0} views already. Remove one first.", Formats.Number(ViewStore.Most)), name, _locked, _shared, _start);
    });

    private Task RemoveAsync(SavedView view) => StoreAsync(async () =>
    {
        if (await ReaderAsync() is not (var viewer, var _)) return;
        await Store.RemoveAsync(viewer.Tenant.Id, viewer.Recipient, view.Id, viewer.Actor(Clock), default);
        _said = Words.Say("{0} is removed.", view.Name);
    });

    // No page's boundary is around the bar: what is thrown here would end the circuit.
    private async Task StoreAsync(Func<Task> store)
    {
        try
        {
            await store();
        }
        catch (Exception e) when (e is DbUpdateException || PostgresErrors.IsUnavailable(e))
        {
            _said = Words.Say("It could not be stored. Nothing was changed; please try again.");
        }
        await LoadAsync();
    }

    private static string Said(SavedView view) => (view.IsStart, view.IsShared) switch
    {
        (true, true) => Words.Say("start, shared by you"),
        (true, false) => Words.Say("start"),
        (false, true) => Words.Say("shared by you"),
        _ => "",
    };
}

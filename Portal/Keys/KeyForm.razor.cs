using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Keys;

/// <summary>Makes a key and shows it once.</summary>
public sealed partial class KeyForm
{
    private static readonly Dictionary<string, string> Labels = new() { ["name"] = "Name", ["expires"] = "Ends on" };

    private readonly HashSet<string> _scopes = [];
    private List<InputFault> _faults = [];
    private string? _name;
    private DateOnly? _expires;
    private string? _secret;
    private string? _made;
    private bool _busy;

    [Parameter, EditorRequired]
    public required KeysModel Model { get; set; }

    [Parameter]
    public EventCallback OnCreated { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required ServiceKeyStore Store { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    private static string Meaning(string scope) => scope switch
    {
        "ingest" => "send events",
        "read" => "read usage, statements and costs",
        "quota" => "ask and reserve quotas",
        "directory" => "describe users and groups",
        _ => "change plans, meters, rates, bills and limits",
    };

    private void Choose(string scope, bool chosen)
    {
        if (chosen) _scopes.Add(scope);
        else _scopes.Remove(scope);
    }

    private async Task SaveAsync()
    {
        _faults = [];
        _secret = null;
        var input = FormInput.Of(_faults, ("name", _name), ("expires", FormInput.Text(_expires)));
        var name = input.Text("name", required: true, most: 100);
        var expires = input.Day("expires", Model.Tenant);
        if (expires <= Instant.FromDateTimeOffset(Clock.GetUtcNow())) input.Fault("expires", "in_the_past", "Its end must lie ahead.");
        if (_scopes.Count == 0) input.Fault("scopes", "required", "Tick at least one thing that it may do.");
        if (name is not null && Model.Keys.Any(k => k.Name == name && Model.Holds(k))) input.Fault("name", "taken", $"There is a key '{name}' in use already.");
        if (_faults.Count > 0 || _busy) return;
        _busy = true;
        try
        {
            if (await Access.AdminAsync(default) is not { } viewer)
            {
                _faults.Add(new InputFault("", "forbidden", "You are no administrator any more. Nothing was made."));
                return;
            }
            (_, _secret) = await Store.CreateAsync(name!, [.. ServiceKeyStore.AllScopes.Where(_scopes.Contains)], viewer.Tenant.Id, expires, viewer.Tenant.Id, viewer.Actor(Clock), default);
            (_made, _name, _expires) = (name, null, null);
            _scopes.Clear();
            await OnCreated.InvokeAsync();
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or Microsoft.EntityFrameworkCore.DbUpdateException)
        {
            _faults.Add(new InputFault("", "failed", "It could not be made. Nothing was changed; please try again."));
        }
        finally
        {
            _busy = false;
        }
    }
}

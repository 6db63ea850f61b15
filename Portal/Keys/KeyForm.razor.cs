using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Keys;

/// <summary>Makes a key and shows it once.</summary>
public sealed partial class KeyForm
{
    private static Dictionary<string, string> Labels => new() { ["name"] = Words.Say("Name"), ["expires"] = Words.Say("Ends on") };

    private readonly HashSet<string> _scopes = [];
    private string? _name;
    private DateOnly? _expires;
    private string? _secret;
    private string? _made;

    [Parameter, EditorRequired]
    public required KeysModel Model { get; set; }

    [Parameter]
    public EventCallback OnCreated { get; set; }

    [Inject]
    public required ServiceKeyStore Store { get; init; }

    private static string Meaning(string scope) => scope switch
    {
        "ingest" => Words.Say("send events"),
        "read" => Words.Say("read usage, statements and costs"),
        "quota" => Words.Say("ask and reserve quotas"),
        "directory" => Words.Say("describe users and groups"),
        _ => Words.Say("change plans, meters, rates, bills and limits"),
    };

    private void Choose(string scope, bool chosen)
    {
        if (chosen) _scopes.Add(scope);
        else _scopes.Remove(scope);
    }

    private async Task MakeAsync()
    {
        Faults = [];
        _secret = null;
        var input = FormInput.Of(Faults, ("name", _name), ("expires", FormInput.Text(_expires)));
        var name = input.Text("name", required: true, most: 100);
        var expires = input.Day("expires", Model.Tenant);
        if (expires <= Instant.FromDateTimeOffset(Clock.GetUtcNow())) input.Fault("expires", "in_the_past", Words.Say("Its end must lie ahead."));
        if (_scopes.Count == 0) input.Fault("scopes", "required", Words.Say("Tick at least one thing that it may do."));
        if (name is not null && Model.Keys.Any(k => k.Name == name && Model.Holds(k))) input.Fault("name", "taken", Words.Say("There is a key '{0}' in use already.", name));
        if (Faults.Count > 0) return;
        await SaveAsync(async viewer =>
        {
            (_, _secret) = await Store.CreateAsync(name!, [.. ServiceKeyStore.AllScopes.Where(_scopes.Contains)], viewer.Tenant.Id, expires, viewer.Tenant.Id, viewer.Actor(Clock), default);
            (_made, _name, _expires) = (name, null, null);
            _scopes.Clear();
            await OnCreated.InvokeAsync();
        });
    }
}

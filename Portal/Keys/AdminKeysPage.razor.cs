using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Keys;

/// <summary>The services' keys; never the keys themselves.</summary>
public sealed record KeysModel(Tenant Tenant, IReadOnlyList<ServiceKey> Keys, Instant Now)
{
    /// <summary>Whether a key can be used now.</summary>
    public bool Holds(ServiceKey key) => key.RevokedAt is null && (key.ExpiresAt is null || key.ExpiresAt > Now);
}

/// <summary>Which services may call, and what they may do.</summary>
public sealed partial class AdminKeysPage
{
    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required ServiceKeyStore Store { get; init; }

    protected override async Task<KeysModel?> ReadAsync(CancellationToken cancel) =>
        await Access.AdminAsync(cancel) is { } viewer ? new KeysModel(viewer.Tenant, await Store.ListAsync(viewer.Tenant.Id, cancel), viewer.Actor(Clock).At) : null;

    private async Task RevokeAsync(ServiceKey key)
    {
        if (await Access.AdminAsync(default) is { } viewer) await Store.RevokeAsync(key.Id, viewer.Tenant.Id, viewer.Actor(Clock), default);
        await ReloadAsync();
    }
}

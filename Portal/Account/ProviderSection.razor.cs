using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>The link of an account with a provider, where one is set up.</summary>
public sealed partial class ProviderSection
{
    private OidcSettings? _provider;

    [Inject]
    public required IServiceProvider Services { get; init; }

    [Inject]
    internal LinkTicket Tickets { get; init; } = null!;

    protected override void OnInitialized() => _provider = Services.GetService<OidcSettings>();

    private async Task UnlinkAsync()
    {
        if (!MayChange() || Ways.Linked is not { } login) return;
        if (Holder.User.PasswordHash is null && Ways.Passkeys.Count == 0)
        {
            Error = Words.Say("It is your only way in. Add a passkey or a password first.");
            return;
        }
        await Users.RemoveLoginAsync(Holder.User, login.LoginProvider, login.ProviderKey);
        await ChangedAsync("account.provider.unlinked", new { login.ProviderKey });
        Say("unlinked");
    }
}

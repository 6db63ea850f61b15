using Microsoft.AspNetCore.Components;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>Asks for a link to a new password. It answers the same, and as fast, whether the address is known or not.</summary>
public sealed partial class ForgotPage
{
    private bool _isReady;
    private bool _isAsked;

    [CascadingParameter]
    public HttpContext? HttpContext { get; set; }

    [Inject]
    internal AccountMails Mails { get; init; } = null!;

    [SupplyParameterFromForm(FormName = "forgot")]
    public string? Email { get; set; }

    protected override void OnInitialized() => _isReady = HttpContext is not null && Mails.IsReady(HttpContext.Request);

    private void Ask()
    {
        if (!_isReady || string.IsNullOrWhiteSpace(Email) || Email.Length > 255) return;
        Mails.Ask(Email, null, HttpContext!.Request);
        _isAsked = true;
    }
}

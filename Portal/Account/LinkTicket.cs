using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>The wish of a session to link its account with a provider, as part of a link. Nobody else can make one, so no foreign page can start it.</summary>
internal sealed class LinkTicket(IDataProtectionProvider protection)
{
    private readonly ITimeLimitedDataProtector _protector = protection.CreateProtector("OpenMeet.Insights.Account.Link").ToTimeLimitedDataProtector();

    public string For(AccountHolder holder) => _protector.Protect(holder.Session.Id.ToString("D"), SignInSettings.Fresh);

    public bool IsOf(string ticket, AccountHolder holder)
    {
        try
        {
            return _protector.Unprotect(ticket) == holder.Session.Id.ToString("D");
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}

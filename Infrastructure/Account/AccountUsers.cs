using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Account;

/// <summary>Identity's accounts, with what could be used by a reader of the database made useless: authenticator secrets are encrypted, recovery codes hashed.</summary>
public sealed class AccountUsers(
    IUserStore<InsightsUser> store, IOptions<IdentityOptions> options, IPasswordHasher<InsightsUser> hasher, IEnumerable<IUserValidator<InsightsUser>> userValidators,
    IEnumerable<IPasswordValidator<InsightsUser>> passwordValidators, ILookupNormalizer normalizer, IdentityErrorDescriber errors, IServiceProvider services,
    ILogger<UserManager<InsightsUser>> logger, IDataProtectionProvider protection)
    : UserManager<InsightsUser>(store, options, hasher, userValidators, passwordValidators, normalizer, errors, services, logger)
{
    /// <summary>The code of the fault of a password that is tried first.</summary>
    public const string TriedFirst = "TriedFirst";

    private readonly IDataProtector _secrets = protection.CreateProtector("OpenMeet.Insights.Account.Authenticator");

    /// <summary>Gives an account a new authenticator secret that counts for nothing before a code of it is shown. Other sign-ins stay.</summary>
    public async Task BeginAuthenticatorAsync(InsightsUser user)
    {
        await ((IUserAuthenticatorKeyStore<InsightsUser>)Store).SetAuthenticatorKeyAsync(user, GenerateNewAuthenticatorKey(), CancellationToken);
        await UpdateAsync(user);
    }

    /// <summary>Takes an account's authenticator and its recovery codes away.</summary>
    public async Task<IdentityResult> RemoveAuthenticatorAsync(InsightsUser user)
    {
        await ((IUserTwoFactorRecoveryCodeStore<InsightsUser>)Store).ReplaceCodesAsync(user, [], CancellationToken);
        await ((IUserAuthenticatorKeyStore<InsightsUser>)Store).SetAuthenticatorKeyAsync(user, "", CancellationToken);
        return await SetTwoFactorEnabledAsync(user, false);
    }

    /// <inheritdoc/>
    public override string GenerateNewAuthenticatorKey() => _secrets.Protect(base.GenerateNewAuthenticatorKey());

    /// <inheritdoc/>
    public override async Task<string?> GetAuthenticatorKeyAsync(InsightsUser user)
    {
        try
        {
            return await base.GetAuthenticatorKeyAsync(user) is { Length: > 0 } kept ? _secrets.Unprotect(kept) : null;
        }
        catch (CryptographicException)
        {
            // The keys that protected it are gone: as if there were none, so that no code is right.
            return null;
        }
    }

    /// <inheritdoc/>
    public override async Task<IEnumerable<string>?> GenerateNewTwoFactorRecoveryCodesAsync(InsightsUser user, int number)
    {
        var codes = Enumerable.Range(0, number).Select(_ => CreateTwoFactorRecoveryCode()).ToList();
        await ((IUserTwoFactorRecoveryCodeStore<InsightsUser>)Store).ReplaceCodesAsync(user, codes.Select(c => HashOf(user, c)), CancellationToken);
        return (await UpdateAsync(user)).Succeeded ? codes : null;
    }

    /// <inheritdoc/>
    public override Task<IdentityResult> RedeemTwoFactorRecoveryCodeAsync(InsightsUser user, string code) => base.RedeemTwoFactorRecoveryCodeAsync(user, HashOf(user, code));

    // A code has 50 bits of chance: one round is enough.
    private static string HashOf(InsightsUser user, string code) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(user.Id + ":" + code.Trim().ToUpperInvariant().Replace("-", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal))));
}

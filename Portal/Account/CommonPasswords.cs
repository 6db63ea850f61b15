using System.Collections.Frozen;
using Microsoft.AspNetCore.Identity;
using OpenMeet.Insights.Infrastructure.Account;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>Refuses a password that is tried first: one of the most frequent among leaked ones, or the own address.</summary>
internal sealed class CommonPasswords : IPasswordValidator<InsightsUser>
{
    private static readonly FrozenSet<string> Frequent = Read();
    private static readonly IdentityResult Refused = IdentityResult.Failed(new IdentityError { Code = AccountUsers.TriedFirst, Description = "This password is one of those that are tried first." });

    public Task<IdentityResult> ValidateAsync(UserManager<InsightsUser> manager, InsightsUser user, string? password) =>
        Task.FromResult(IsTriedFirst(password ?? "", user.Email ?? "") ? Refused : IdentityResult.Success);

    private static bool IsTriedFirst(string password, string email) =>
        Frequent.Contains(password.ToLowerInvariant()) || password.Equals(email, StringComparison.OrdinalIgnoreCase) || password.Equals(email.Split('@')[0], StringComparison.OrdinalIgnoreCase);

    private static FrozenSet<string> Read()
    {
        using var reader = new StreamReader(typeof(CommonPasswords).Assembly.GetManifestResourceStream("CommonPasswords.txt")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("# ", StringComparison.Ordinal)).ToFrozenSet(StringComparer.Ordinal);
    }
}

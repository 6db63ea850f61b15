namespace OpenMeet.Insights.Portal.Account;

/// <summary>Makes the first administrator of a new installation, once, with the code that the start has printed.</summary>
/// <returns>Null when the account was made, else what is wrong with the input, as a sentence.</returns>
public delegate Task<string?> CreateFirstAdmin(string email, string password, string code, CancellationToken cancel);

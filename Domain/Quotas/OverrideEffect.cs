using OpenMeet.Insights.Domain.Pricing;

namespace OpenMeet.Insights.Domain.Quotas;

/// <summary>What a limit does to an account from the moment in which it holds: said before it is saved, and of what an override falls back to.</summary>
/// <param name="Used">Used in the period; stock meters: the level now. None where nobody knows.</param>
/// <param name="Reserved">Live reservations.</param>
/// <param name="Limit">The limit that would hold; none where nothing would limit.</param>
/// <param name="Kind">Whether it stops or only warns.</param>
/// <param name="Unit">The meter's unit.</param>
public sealed record OverrideEffect(decimal? Used, decimal Reserved, decimal? Limit, LimitKind Kind, string Unit)
{
    /// <summary>How far the account would be over; none where it would not be, or where that is not known.</summary>
    public decimal? OverBy => Used + Reserved - Limit is > 0 and var over ? over : null;

    /// <summary>Accounts that would be over: 0 or 1; none where nobody knows.</summary>
    public int? AccountsOver => Limit is null ? 0 : Used is null ? null : OverBy is null ? 0 : 1;

    /// <summary>What follows, in a sentence: <c>Now 7.8 GB used: 1 account would be over by 2.8 GB. New use is refused at once; …</c>.</summary>
    public string Sentence()
    {
        var used = (Used, Reserved) switch
        {
            (null, _) => "Use is not known",
            ({ } now, 0) => $"Now {QuantityText.Of(now, Unit)} used",
            ({ } now, _) => $"Now {QuantityText.Of(now, Unit)} used and {QuantityText.Of(Reserved, Unit)} reserved",
        };
        return (Limit, Used, OverBy) switch
        {
            (null, _, _) => $"{used}: no account would be over, nothing would limit it.",
            (_, null, _) => $"{used}: nobody can say whether the account would be over.",
            (_, _, { } over) => $"{used}: 1 account would be over by {QuantityText.Of(over, Unit)}. {Consequence}",
            ({ } limit, { } now, _) when limit - now - Reserved > 0 => $"{used}: no account would be over; {QuantityText.Of(limit - now - Reserved, Unit)} remain.",
            _ => $"{used}: no account would be over, and nothing remains. {Consequence}",
        };
    }

    private string Consequence => Kind == LimitKind.Hard
        ? "New use is refused at once; reading, exporting and deleting go on."
        : "It is shown and warned of; nothing stops.";
}

using System.Text.Json;
using System.Text.RegularExpressions;
using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>Reads a plan from the wire: <c>{key, name, currency, fee, items}</c>, decimals as strings or numbers.</summary>
public static partial class PlanReader
{
    /// <summary>Longest name of a plan, in characters.</summary>
    public const int MaxNameLength = 200;

    /// <summary>
    /// Reads a plan, or names every fault. Members beside those above are ignored, so that a plan as answered (with its version and
    /// status) can be sent back; inside items, prices and tiers a member that does not belong there is a fault, since a misspelt
    /// price would cost nothing. <c>included</c> is 0 where absent; <c>limitKind</c> is needed only with a limit.
    /// </summary>
    /// <param name="body">The plan.</param>
    /// <param name="isPriceableMeter">Whether a slug is a meter that plans can price (count, sum, time_weighted_sum, max).</param>
    /// <param name="faults">Faults found are added here.</param>
    /// <param name="key">The key where the address names it: the body may then leave it out, and may not name another.</param>
    /// <returns>The plan with <see cref="Plan.Version"/> 0, or null where a fault was added.</returns>
    public static Plan? Read(JsonElement body, Func<string, bool> isPriceableMeter, List<InputFault> faults, string? key = null)
    {
        ArgumentNullException.ThrowIfNull(isPriceableMeter);
        ArgumentNullException.ThrowIfNull(faults);
        var before = faults.Count;
        if (JsonMembers.Of(body, "", faults) is not { } plan)
        {
            return null;
        }

        var planKey = Key(plan, key);
        var name = Name(plan);
        var currency = CurrencyOf(plan);
        var fee = plan.Number("fee", JsonMembers.MaxMoney) ?? 0m;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var items = plan.Elements("items")
            ?.Select((item, i) => PlanItemReader.Read(item, $"items[{i}]", isPriceableMeter, seen, faults))
            .OfType<PlanItem>()
            .ToArray();
        return faults.Count == before ? new Plan(planKey!, 0, name!, currency, fee, items!) : null;
    }

    private static string? Key(JsonMembers plan, string? address)
    {
        var key = address is not null && plan.Find("key") is null ? address : plan.Text("key");
        if (key is not null && !PlanKey().IsMatch(key))
        {
            plan.Fault("key", "invalid_key", "A key is 1 to 63 lower-case letters, digits, '-' and '_', a letter or digit first.");
        }
        else if (key is not null && address is not null && key != address)
        {
            plan.Fault("key", "other_key", $"The address names the plan '{address}'.");
        }

        return key;
    }

    private static string? Name(JsonMembers plan)
    {
        var name = plan.Text("name");
        if (name is not null && (string.IsNullOrWhiteSpace(name) || name.Length > MaxNameLength || name.Any(char.IsControl)))
        {
            plan.Fault("name", "invalid_name", $"A name is 1 to {MaxNameLength} characters, no control characters, not only blanks.");
        }

        return name;
    }

    private static Currency CurrencyOf(JsonMembers plan)
    {
        Currency currency = default;
        if (plan.Text("currency") is { } code && !Currency.TryParse(code, out currency))
        {
            plan.Fault("currency", "unknown_currency", $"'{code}' is no ISO 4217 code such as USD.");
        }

        return currency;
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9_-]{0,62}\z")]
    private static partial Regex PlanKey();
}

using System.Globalization;
using NodaTime;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Infrastructure.Community;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Community;

/// <summary>What of a community page stands in its address. 28 days with organisers is the default and left out.</summary>
/// <param name="Page">Range and view.</param>
/// <param name="Organisers">Whether acts of who runs the group count.</param>
/// <param name="By">Another cut: <c>week</c> for cohorts by week of joining.</param>
/// <param name="Weights">Weights as <c>message:1,upload:2</c>; null for the usual ones.</param>
/// <param name="List">Whether a list of people is opened.</param>
/// <param name="Sort">The order of a table.</param>
public sealed record CommunityState(PageState Page, bool Organisers = true, string? By = null, string? Weights = null, bool List = false, string? Sort = null)
{
    private const string UsualRange = "28d";

    /// <summary>Reads a page's query; what cannot be read is the default.</summary>
    public static CommunityState Parse(Func<string, string?> query)
    {
        var (p, from) = (query("p"), query("from"));
        return new CommunityState(
            PageState.Parse(p ?? (from is null ? UsualRange : null), from, query("to"), query("view"), null), query("organisers") != "out", query("by") == "week" ? "week" : null,
            WeightText.Parse(query("w")) is { Count: > 0 } weights ? WeightText.Write(weights) : null, query("list") == "1", query("sort"));
    }

    /// <summary>The address of one of a group's community pages in this state.</summary>
    public string On(string group, string page) => On(PortalUrls.GroupCommunity(group, page));

    /// <summary>The address of a page in this state.</summary>
    public string On(string path)
    {
        var url = PortalUrls.WithState(path, Page.Chosen.Period == UsualRange ? Page with { Range = null } : Page);
        if (Page.Chosen.IsDefault) url = PortalUrls.Add(url, ("p", "this"));
        return PortalUrls.Add(url, ("organisers", Organisers ? null : "out"), ("by", By), ("w", Weights), ("list", List ? "1" : null), ("sort", Sort));
    }

    /// <summary>What is kept from one tab to the next: days, view and population.</summary>
    public CommunityState Kept => new(Page, Organisers);

    /// <summary>Other days.</summary>
    public CommunityState Over(DayWindow window) => this with { Page = Page with { Range = RangeChoice.Between(window.From.ToDateOnly(), window.To.ToDateOnly()) } };

    /// <summary>What is asked about a group.</summary>
    public CommunityQuestion About(string group) => new(group, today =>
    {
        var (from, to) = Page.Chosen.Resolve(today.ToDateOnly());
        return new DayWindow(LocalDate.FromDateOnly(from), LocalDate.FromDateOnly(to));
    }, Organisers);
}

/// <summary>Weights as an address has them.</summary>
public static class WeightText
{
    private const decimal Most = 1000;

    /// <summary>Reads <c>message:1,upload:2.5</c>; what is no weight from 0 to 1,000 is left out.</summary>
    public static IReadOnlyDictionary<string, decimal> Parse(string? text)
    {
        var weights = new SortedDictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (part.Split(':') is [{ Length: > 0 and <= 20 } key, var value] && decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var weight) && weight <= Most)
                weights[key] = decimal.Round(weight, 2);
        }
        return weights;
    }

    /// <summary>Writes them, by key.</summary>
    public static string Write(IReadOnlyDictionary<string, decimal> weights) => string.Join(',', weights.OrderBy(w => w.Key, StringComparer.Ordinal).Select(w => $"{w.Key}:{Formats.Plain(w.Value)}"));

    /// <summary>Weights of contributions; absent ones are the usual.</summary>
    public static ContributionWeights Contributions(string? text)
    {
        var (told, usual) = (Parse(text), ContributionWeights.Usual);
        return new ContributionWeights(
            told.GetValueOrDefault("message", usual.Message), told.GetValueOrDefault("upload", usual.Upload), told.GetValueOrDefault("event", usual.Event), told.GetValueOrDefault("answer", usual.Answer),
            told.GetValueOrDefault("checkin", usual.CheckIn));
    }
}

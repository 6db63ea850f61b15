using System.Globalization;
using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Demo;

/// <summary>The demo's plans, rates, bills and limits.</summary>
internal static class DemoCatalog
{
    public static IReadOnlyList<DemoPlan> Plans { get; } =
    [
        new("""
        {"key":"starter","name":"Starter","currency":"USD","fee":"0.00","items":[
          {"meter":"storage","included":"1","limit":"5000000000","limitKind":"soft","price":{"model":"per_unit","unitPrice":"2.20"}},
          {"meter":"emails","included":"250","price":{"model":"graduated","tiers":[
            {"upTo":"1000","unitPrice":"0.006"},{"upTo":"5000","unitPrice":"0.004"},{"upTo":null,"unitPrice":"0.003"}]}},
          {"meter":"api_calls","included":"20000","price":{"model":"per_unit","unitPrice":"0.00005"}}]}
        """),
        new("""
        {"key":"club","name":"Club","currency":"USD","fee":"8.00","items":[
          {"meter":"storage","included":"10","limit":"10000000000","limitKind":"hard","price":{"model":"per_unit","unitPrice":"1.00"}},
          {"meter":"emails","included":"3000","price":{"model":"package","size":"1000","amount":"0.80"},"discountPercent":"10"},
          {"meter":"api_calls","included":"200000","price":{"model":"package","size":"50000","amount":"1.00"}}]}
        """),
        new("""
        {"key":"society","name":"Society","currency":"USD","fee":"14.00","items":[
          {"meter":"storage","included":"25","limit":"25000000000","limitKind":"hard","price":{"model":"per_unit","unitPrice":"0.80"}},
          {"meter":"emails","included":"10000","price":{"model":"package","size":"1000","amount":"0.80"},"discountPercent":"20"},
          {"meter":"api_calls","included":"500000","price":{"model":"package","size":"50000","amount":"0.80"}}]}
        """),
        new("""
        {"key":"personal","name":"Personal","currency":"USD","fee":"0.00","items":[
          {"meter":"storage","included":"0.5","limit":"500000000","limitKind":"hard","price":{"model":"per_unit","unitPrice":"2.00"}},
          {"meter":"emails","included":"50","price":{"model":"per_unit","unitPrice":"0.02"}},
          {"meter":"api_calls","included":"5000","price":{"model":"per_unit","unitPrice":"0.0001"}}]}
        """),
    ];

    /// <summary>The groups' plans as they were taken over the year, and the people on the personal plan.</summary>
    public static IReadOnlyList<DemoAssignment> Assignments(DemoCalendar calendar, DemoPeople people)
    {
        var owners = DemoCharacter.All.Select(c => c.Owner).Where(owner => owner != DemoPeople.Manager).ToHashSet();
        var known = new[] { DemoPeople.Member, DemoPeople.Manager, DemoPeople.Admin };
        var others = people.People.Where(p => !owners.Contains(p.User.Key) && !known.Contains(p.User.Key))
            .Where((_, index) => index % 15 == 0);
        return
        [
            new("group", DemoCharacter.TrailRunners, "starter", calendar.Start),
            new("group", DemoCharacter.TrailRunners, "club", MonthStart(calendar, 5)),
            new("group", DemoCharacter.BoardGameNights, "society", calendar.Start),
            new("group", DemoCharacter.Disputed, "starter", MonthStart(calendar, 8)),
            new("group", DemoCharacter.Snoozed, "club", MonthStart(calendar, 3)),
            new("group", DemoCharacter.Fitting, "starter", MonthStart(calendar, 1)),
            .. known.Select(key => new DemoAssignment("user", key, "personal", calendar.Start)),
            .. others.Select(person => new DemoAssignment("user", person.User.Key, "personal", person.Joined)),
        ];
    }

    /// <summary>Unit costs from the first month on; two of them fall, one rises, at the start of the eighth month.</summary>
    public static IReadOnlyList<DemoRate> Rates(DemoCalendar calendar)
    {
        var (first, change) = (calendar.Start, MonthStart(calendar, 7));
        return
        [
            new("api_time", 0.00016m, first),
            new("storage", 3.2m, first),
            new("emails", 0.0026m, first),
            new("egress", 0.00000000009m, first),
            new("api_time", 0.000145m, change),
            new("storage", 2.9m, change),
            new("emails", 0.0028m, change),
        ];
    }

    /// <summary>The bills of the twelve whole months; the newest add up to 350.00.</summary>
    public static IReadOnlyList<DemoBill> Bills(DemoCalendar calendar)
    {
        var bills = new List<DemoBill>();
        foreach (var (month, index) in calendar.Months.Take(12).Select((month, index) => (month, index)))
        {
            var period = month.ToString("uuuu-MM", CultureInfo.InvariantCulture);
            var ago = 11 - index;
            bills.Add(new("Database", period, ago > 7 ? 112m : 120m, "db_time", null));
            bills.Add(new("API and workers", period, 96m - (ago * 0.45m), "api_time", null));
            bills.Add(new("Object storage", period, 64m - (ago * 1.15m), "storage", 10m));
            bills.Add(new("Chat", period, 40m, "messages", null));
            bills.Add(new("Email", period, 30m - (ago * 0.3m), "emails", null));
        }

        return bills;
    }

    /// <summary>One limit that ends by itself, one that stays.</summary>
    public static IReadOnlyList<DemoOverride> Overrides(DemoCalendar calendar) =>
    [
        new("group", "language-exchange", "emails", 2_000, "soft",
            "The mail provider's ceiling while the group's address is new", calendar.Now + Duration.FromDays(24)),
        new("user", "june-callahan", "storage", 20_000_000_000, "soft", "Keeps the makers' project archive for everyone", null),
    ];

    /// <summary>What the platform's pools can hold; the disk grew once.</summary>
    public static IReadOnlyList<DemoCapacity> Capacities(DemoCalendar calendar) =>
    [
        new("disk", 16_000_000_000, 14, calendar.Start, "The first volume"),
        new("disk", 32_000_000_000, 14, MonthStart(calendar, 7), "A second volume, ordered before the first was full"),
        new("egress", 2_000_000_000, 3, calendar.Start, "What the contract with the host includes"),
        new("mail", 18_000, 2, calendar.Start, "The mail provider's plan"),
    ];

    private static Instant MonthStart(DemoCalendar calendar, int index) =>
        calendar.Months[index].AtStartOfDayInZone(DateTimeZone.Utc).ToInstant();
}

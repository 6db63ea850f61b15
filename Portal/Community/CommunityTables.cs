using NodaTime;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Infrastructure.Community;
using OpenMeet.Insights.Infrastructure.Storage;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Portal.Shared.Charts;

namespace OpenMeet.Insights.Portal.Community;

/// <summary>The charts and tables of community pages: made once, for the page and for its file.</summary>
internal static class CommunityTables
{
    private const int Small = SmallCells.Fewest;

    // Rows of a list of people before it is opened whole.
    private const int Most = 25;

    /// <summary>The tables of the overview, by their word.</summary>
    public static IReadOnlyList<ShownTable> Of(CommunityModel<CommunityPeriod> model) => [ShownTable.Of("flows", Flows(model)), Tenure(model.Report), Revisions(model.Report)];

    /// <summary>How the active came to be there, over five windows.</summary>
    public static ChartModel Flows(CommunityModel<CommunityPeriod> model)
    {
        var report = model.Report;
        var flow = report.Now.Flow;
        ChartSeries Series(string name, ChartKind kind, Func<ParticipationFlow, int> value) => new(name, kind, [.. report.Flows.Select(f => new ChartPoint(
            Formats.Days(f.Window.From.ToDateOnly(), f.Window.To.ToDateOnly()), f.Window.From.AtStartOfDayInZone(DateTimeZone.Utc).ToDateTimeOffset(), value(f.Flow),
            model.State.Over(f.Window).On(report.Frame.Group, "community")))]);
        return ChartModel.Simple(
            Words.Say("Who took part, and who went quiet?"),
            CommunityWords.Sums(flow),
            "people",
            Series("Returning", ChartKind.Bar, f => f.Returning), Series("Resurrected", ChartKind.Bar, f => f.Resurrected), Series("New", ChartKind.Bar, f => f.New), Series("Went quiet", ChartKind.Ghost, f => f.Dormant));
    }

    /// <summary>How long the active have been members.</summary>
    public static ShownTable Tenure(CommunityPeriod report) => new(
        "tenure", Words.Say("Active people by how long they have been members"), [new(Words.Say("Member for")), new(Words.Say("Took part"), Amount: true, Key: true)],
        [.. report.Tenure.Select(t => (IReadOnlyList<ShownCell>)[Words.Named(t.Name), t.People is { } n ? ShownCell.Of(n) : Words.Say("hidden")])],
        [Words.Say("All"), ShownCell.Of(report.Now.Active)]);

    /// <summary>What changed after its days were frozen.</summary>
    public static ShownTable Revisions(CommunityPeriod report) => new(
        "revisions", Words.Say("Events that were told or taken back more than 48 hours late"), [new(Words.Say("On")), new(Words.Say("Told late"), Amount: true), new(Words.Say("Voided"), Amount: true), new(Words.Say("About the days"))],
        [.. report.Revisions.Select(r => (IReadOnlyList<ShownCell>)[Formats.Date(r.On), ShownCell.Of(r.Told), ShownCell.Of(r.Voided), Formats.Days(r.From.ToDateOnly(), r.To.ToDateOnly())])]);

    /// <summary>People who took part, day by day.</summary>
    public static ChartModel Daily(CommunityModel<GroupCommunity> model)
    {
        var report = model.Report;
        return ChartModel.Simple(
            Words.Say("How many people took part each day?"),
            report.Daily.Count == 0 ? Words.Say("No days in this period.") : Words.Say("Between {0} and {1} people a day, {2} on average.", Formats.Number(report.Daily.Min(d => d.People)), Formats.Number(report.Daily.Max(d => d.People)), Formats.Number((decimal)report.Daily.Average(d => d.People), 1)),
            "people", new ChartSeries("People who took part", ChartKind.Bar, [.. report.Daily.Select(d => Day(d.Day, d.People, Behind(model, report.Frame, d.Day, "active_members")))]));
    }

    /// <summary>What each member did; the first 25, or all where the list is opened.</summary>
    public static ShownTable Members(CommunityModel<GroupCommunity> model) => Members(model.Report) is var all && model.State.List ? all : all with { Rows = [.. all.Rows.Take(Most)] };

    private static ShownTable Members(GroupCommunity report) => new(
        "people", Words.Say("What each member did in the period"),
        [new(Words.Say("Member")), new(Words.Say("Role"), Key: true), new(Words.Say("Messages"), Amount: true), new(Words.Say("Files"), Amount: true), new(Words.Say("Answers"), Amount: true), new(Words.Say("Last event here"))],
        [.. report.People.Select(p => (IReadOnlyList<ShownCell>)[
            p.Name, p.Role is { } role ? CommunityWords.Role(role) : Words.Say("no member"), ShownCell.Of(p.Messages), ShownCell.Of(p.Files), ShownCell.Of(p.Rsvps), p.LastSeen is { } seen ? Formats.Date(seen.InZone(report.Frame.Zone).Date) : Formats.Unknown])]);

    /// <summary>The cohort grid.</summary>
    public static ShownTable Retention(GroupRetention report) => new(
        "cohorts", report.ByWeek ? Words.Say("Share that took part in each week after joining, by ISO week of joining") : Words.Say("Share that took part in each week after joining, by month of joining"),
        [new(Words.Say("Joined")), new(Words.Say("People"), Amount: true), .. Enumerable.Range(0, RetentionReports.Weeks).Select(k => new ShownColumn(Words.Say("Week {0}", Formats.Number(k)), Amount: true))],
        [.. report.Grid.Rows.Select(r => (IReadOnlyList<ShownCell>)[CommunityWords.Cohort(r.Name), ShownCell.Of(r.People), .. r.Cells.Select(c => RetentionCell(r, c))])],
        [Words.Say("Weighted mean"), ShownCell.Of(report.Grid.Rows.Where(r => !r.IsSmall).Sum(r => r.People)), .. report.Grid.Mean.Select(m => new ShownCell(CommunityWords.Share(m), m.Ratio))]);

    /// <summary>One cell of the grid: not yet whole, too few, or a share.</summary>
    public static ShownCell RetentionCell(RetentionRow row, int? came) => came switch
    {
        null => new ShownCell("·"),
        _ when row.IsSmall => new ShownCell("< " + Formats.Number(Small)),
        { } n => new ShownCell(CommunityWords.Share(new PartOf(n, row.People)), n / (decimal)row.People),
    };

    /// <summary>Events that started.</summary>
    public static ShownTable Held(GroupGatherings report) => new(
        "held", Words.Say("Events that started in the period, with who came"),
        [
            new(Words.Say("Event")), new(Words.Say("Yes"), Amount: true), new(Words.Say("Came"), Amount: true), new(Words.Say("Walk-ins"), Amount: true), new(Words.Say("Attendance"), Amount: true, Key: true), new(Words.Say("Was expected"), Amount: true), new(Words.Say("RSVP rate"), Amount: true),
            new(Words.Say("Places"), Amount: true), new(Words.Say("Waiting"), Amount: true), new(Words.Say("Late cancels"), Amount: true), new(Words.Say("Came before"), Amount: true), new(Words.Say("Messages"), Amount: true),
        ],
        [.. report.Held.Select(h => (IReadOnlyList<ShownCell>)[
            Name(h, report.Frame), ShownCell.Of(h.Gathering.Yes.Count),
            h.Gathering.IsRecorded ? ShownCell.Of(h.Gathering.Attended) : CommunityWords.NotRecorded, h.Gathering.IsRecorded ? ShownCell.Of(h.Gathering.WalkIns) : Formats.Unknown,
            h.Gathering.IsRecorded ? Share(new PartOf(h.Gathering.Attended, h.Gathering.Yes.Count)) : Formats.Unknown, CommunityWords.Expected(h.Expected), Share(h.Rsvp),
            ShownCell.Of(h.Gathering.Capacity), ShownCell.Of(h.Gathering.Waiting.Count), ShownCell.Of(h.Gathering.LateCancels), h.Gathering.IsRecorded ? Share(h.Repeat) : Formats.Unknown, ShownCell.Of(h.Messages)])],
        [
            Words.Say("{0} recorded", Formats.Number(report.Now.Attendance.Recorded)), ShownCell.Of(report.Now.Attendance.Yes), ShownCell.Of(report.Now.Attendance.Came), ShownCell.Of(report.Now.Attendance.WalkIns),
            Share(new PartOf(report.Now.Attendance.Came, report.Now.Attendance.Yes)), "", Share(report.Now.Rsvp), "", ShownCell.Of(report.Now.Waiting), ShownCell.Of(report.Now.LateCancels), Share(report.Now.Repeat),
            ShownCell.Of(report.Now.Messages),
        ]);

    /// <summary>Events to come.</summary>
    public static ShownTable Coming(GroupGatherings report) => new(
        "coming", Words.Say("Events to come, with how many are expected"), [new(Words.Say("Event")), new(Words.Say("Yes so far"), Amount: true), new(Words.Say("Places"), Amount: true), new(Words.Say("Waiting"), Amount: true), new(Words.Say("Expected"), Amount: true, Key: true)],
        [.. report.Coming.Select(h => (IReadOnlyList<ShownCell>)[
            Name(h, report.Frame), ShownCell.Of(h.Gathering.Yes.Count), ShownCell.Of(h.Gathering.Capacity), ShownCell.Of(h.Gathering.Waiting.Count), CommunityWords.Expected(h.Expected)])]);

    /// <summary>Messages, day by day.</summary>
    public static ChartModel Messages(CommunityModel<GroupConversation> model)
    {
        var report = model.Report;
        return ChartModel.Simple(
            Words.Say("How much is talked each day?"),
            report.Daily.Count == 0 ? Words.Say("No days in this period.") : Words.Count(report.Now.Messages, "{0} message; between {1} and {2} a day.", "{0} messages; between {1} and {2} a day.", Formats.Number(report.Daily.Min(d => d.Messages)), Formats.Number(report.Daily.Max(d => d.Messages))),
            "messages", new ChartSeries("Messages", ChartKind.Bar, [.. report.Daily.Select(d => Day(d.Day, d.Messages, Behind(model, report.Frame, d.Day, "messages")))]));
    }

    /// <summary>Newcomers who wait; empty where the list was not opened.</summary>
    public static ShownTable Waiting(GroupConversation report) => new(
        "waiting", Words.Say("Newcomers whose first message was not answered within 24 hours"), [new(Words.Say("Newcomer")), new(Words.Say("First message")), new(Words.Say("Waits"), Amount: true, Key: true)],
        [.. (report.Waiting ?? []).Select(w => (IReadOnlyList<ShownCell>)[w.Name, Formats.DateTime(w.Since, report.Frame.Zone), Formats.Span((report.Frame.ReadAt - w.Since).ToTimeSpan())])]);

    /// <summary>How much hangs on few.</summary>
    public static ShownTable Concentration(Concentration now, Concentration before) => new(
        "concentration", Words.Say("Share of contributions by the people who made most"), [new(Words.Say("Made by")), new(Words.Say("Contributions"), Amount: true), new(Words.Say("Share"), Amount: true, Key: true), new(Words.Say("Before"), Amount: true)],
        [
            [Words.Say("The first"), ShownCell.Of(now.Top1), Share(new PartOf(now.Top1, now.All)), Share(new PartOf(before.Top1, before.All))],
            [Words.Say("The first 5"), ShownCell.Of(now.Top5), Share(new PartOf(now.Top5, now.All)), Share(new PartOf(before.Top5, before.All))],
            [Words.Say("The first 10"), ShownCell.Of(now.Top10), Share(new PartOf(now.Top10, now.All)), Share(new PartOf(before.Top10, before.All))],
        ],
        [Words.Say("All, by {0}", CommunityWords.People(now.People)), ShownCell.Of(now.All), "", ShownCell.Of(before.All)]);

    /// <summary>Who did what, weighed; the first 25, or all where the list is opened.</summary>
    public static ShownTable Contributors(CommunityModel<GroupContributors> model) => Contributors(model.Report) is var all && model.State.List ? all : all with { Rows = [.. all.Rows.Take(Most)] };

    private static ShownTable Contributors(GroupContributors report) => new(
        "contributors", Words.Say("What each contributor did, with the weights above"),
        [new(Words.Say("Person")), new(Words.Say("Messages"), Amount: true), new(Words.Say("Uploads"), Amount: true), new(Words.Say("Events"), Amount: true), new(Words.Say("Answers"), Amount: true), new(Words.Say("Check-ins"), Amount: true), new(Words.Say("Heaviest act"), Amount: true), new(Words.Say("Sum"), Amount: true, Key: true)],
        [.. report.People.Select(p => (IReadOnlyList<ShownCell>)[
            p.Name, ShownCell.Of(p.Weighed.Of(ContributionKind.Message)), ShownCell.Of(p.Weighed.Of(ContributionKind.Upload)), ShownCell.Of(p.Weighed.Of(ContributionKind.Event)),
            ShownCell.Of(p.Weighed.Of(ContributionKind.Answer)), ShownCell.Of(p.Weighed.Of(ContributionKind.CheckIn)), ShownCell.Of(p.Weighed.Heaviest), ShownCell.Of(p.Weighed.Sum)])]);

    /// <summary>The parts of the score with what they are made of.</summary>
    public static ShownTable Health(GroupHealth report) => new(
        "parts", Words.Say("The parts of the score and their measures"), [new(Words.Say("Part")), new(Words.Say("Measure")), new(Words.Say("Now"), Amount: true), new(Words.Say("Percentile"), Amount: true), new(Words.Say("Part, of 100"), Amount: true, Key: true), new(Words.Say("A week ago"), Amount: true), new(Words.Say("Weight"), Amount: true)],
        [.. report.Score.Parts.SelectMany(p => p.Measures.Select((m, i) => (IReadOnlyList<ShownCell>)[
            Words.Named(p.Name), Measure(m), new ShownCell(MeasureValue(m), m.Value), new ShownCell(Formats.Number(m.Percentile, 0), m.Percentile), i == 0 ? new ShownCell(Formats.Number(p.Score, 0), p.Score) : "",
            i == 0 ? new ShownCell(Formats.Number(p.Before, 0), p.Before) : "", i == 0 ? ShownCell.Of(p.Weight) : ""]))]);

    /// <summary>What a measure of the score is.</summary>
    public static string Measure(HealthMeasure measure) => measure.Metric switch
    {
        "attendance" => Words.Say("attendance × yes ÷ places"),
        "concentration" => Words.Say("share of the first 5 contributors"),
        "first_reply" => Words.Say("median first reply"),
        "stickiness" => Words.Say("mean of weekly ÷ monthly active"),
        "first_week_return" => Words.Say("first-week return"),
        _ => Words.Say("member-made share"),
    };

    /// <summary>A measure's value as people read it.</summary>
    public static string MeasureValue(HealthMeasure measure) =>
        measure.Metric == CommunityMetrics.FirstReply.Id ? Formats.Span(measure.Value is { } hours ? TimeSpan.FromHours((double)hours) : null) : Formats.Percent(measure.Value);

    /// <summary>Bytes by community event.</summary>
    public static ShownTable ByEvent(GroupResources report) => new(
        "events", Words.Say("Bytes by community event"), [new(Words.Say("Event")), new(Words.Say("Stored"), Amount: true, Key: true), new(Words.Say("Share"), Amount: true)], Parts(report.ByEvent, Words.Say("no event named"), 15), Total(report.ByEvent));

    /// <summary>The billing meters.</summary>
    public static ShownTable Meters(CommunityModel<GroupResources> model) => new(
        "meters", Words.Say("What the group carries, by meter"), [new(Words.Say("Meter")), new(Words.Say("Value"), Amount: true, Key: true), new(Words.Say("Unit"))],
        [.. model.Report.Meters.Select(row =>
        {
            var (divisor, unit) = Formats.Scale(row.Unit, Math.Abs(row.Value ?? 0));
            return (IReadOnlyList<ShownCell>)[Words.Named(row.Meter.Name), new ShownCell(row.Value is { } v ? Formats.Number(v / divisor) : Formats.Unknown, row.Value / divisor, Events(model, model.Report.Frame, row.Meter.Slug)), Units.Name(row.Value is null ? row.Unit : unit)];
        })]);

    /// <summary>Cost per active member.</summary>
    public static ShownTable Costs(GroupResources report) => new(
        "costs", Words.Say("Cost per active member"),
        [new(Words.Say("Days")), new(Words.Say("Active"), Amount: true), new(Words.Say("By unit rates"), Amount: true), new(Words.Say("By bills"), Amount: true), new(Words.Say("Per active member"), Amount: true, Key: true), new(Words.Say("Idle, not spread"), Amount: true)],
        [.. (report.Costs ?? []).Select(c => (IReadOnlyList<ShownCell>)[
            new ShownCell(Formats.Days(c.Days.From.ToDateOnly(), c.Days.To.ToDateOnly()), Small: c.Zone.Id), ShownCell.Of(c.Active), new ShownCell(Formats.Money(c.UnitRates), c.UnitRates.Value),
            c.Bills is { } bills ? new ShownCell(Formats.Money(bills), bills.Value) : Words.Say("bills not in yet"), c.PerActive is { } each ? new ShownCell(Formats.Money(each), each.Value, Small: c.Bills is null ? Words.Say("by unit rates") : Words.Say("by bills")) : Formats.Unknown,
            c.Idle is { } idle ? new ShownCell(Formats.Money(idle), idle.Value) : Formats.Unknown])]);

    /// <summary>Groups beside each other, in an order.</summary>
    public static ShownTable Groups(CommunityModel<Network> model)
    {
        var report = model.Report;
        var sort = model.State.Sort is { } word && Orders.ContainsKey(word.TrimStart('-')) ? word : "name";
        var order = Orders[sort.TrimStart('-')];
        var rows = sort.StartsWith('-') ? report.Rows.OrderByDescending(order) : report.Rows.OrderBy(order);
        var attendance = Attendance(report.Rows.Select(r => r.Now));
        var costs = report.Rows.Select(r => r.Cost).ToList();
        var all = costs.All(c => c is not null) && costs.Count > 0 ? costs.Sum(c => c!.Value.Value) : (decimal?)null;
        var currency = costs.FirstOrDefault(c => c is not null)?.Currency.Code ?? "";
        return new ShownTable(
            "groups", Words.Say("Groups with their community, storage and cost"),
            [
                new(Words.Say("Group"), Sort: "name"), new(Words.Say("Members"), Amount: true, Sort: "members"), new(Words.Say("Active, 28 days"), Amount: true, Key: true, Sort: "active"), new(Words.Say("Change"), Amount: true, Sort: "change"), new(Words.Say("Stickiness"), Amount: true, Sort: "stickiness"),
                new(Words.Say("Attendance"), Amount: true, Sort: "attendance"), new(Words.Say("Storage"), Amount: true, Sort: "storage"), new(Words.Say("Cost per active"), Amount: true, Sort: "cost"), new(Words.Say("Health"), Amount: true),
            ],
            [.. rows.ThenBy(r => r.Name, StringComparer.Ordinal).Select(r => (IReadOnlyList<ShownCell>)[
                new ShownCell(r.Name, Href: PortalUrls.GroupCommunity(r.Right.Group, "community")), ShownCell.Of(r.Now.Members.AtEnd), ShownCell.Of(r.Now.Active), new ShownCell(Formats.Change(r.Now.Active - r.Before.Active), r.Now.Active - r.Before.Active),
                new ShownCell(CommunityWords.Mean(r.Now.Weekly, r.Now.Active), r.Now.Active < PartOf.FewestForPercent ? null : r.Now.Weekly.Value, PortalUrls.GroupCommunity(r.Right.Group, "members")),
                new ShownCell(CommunityWords.Came(r.Now.Gatherings.Attendance), Href: PortalUrls.GroupCommunity(r.Right.Group, "gatherings"), Small: N(r.Now.Gatherings.Attendance)),
                r.Right.SeesUsage ? new ShownCell(Formats.Bytes(r.Storage), r.Storage, PortalUrls.GroupStorage(r.Right.Group)) : Words.Say("for owners and admins"),
                r.Right.SeesMoney ? new ShownCell(Formats.Money(r.CostPerActive), r.CostPerActive?.Value, PortalUrls.GroupCommunity(r.Right.Group, "resources"), r.ByBills ? Words.Say("by bills") : Words.Say("by unit rates")) : Words.Say("for owners"),
                new ShownCell(r.Health.Score is { } score ? Formats.Number(score, 0) : Words.Say("no score"), r.Health.Score, PortalUrls.GroupCommunity(r.Right.Group, "health"))])],
            [
                Words.Say("All, people once"), ShownCell.Of(report.Members), ShownCell.Of(report.Active), new ShownCell(Formats.Change(report.Active - report.ActiveBefore), report.Active - report.ActiveBefore), Formats.Unknown,
                new ShownCell(CommunityWords.Came(attendance), Small: N(attendance)),
                report.Rows.All(r => r.Storage is not null) ? new ShownCell(Formats.Bytes(report.Rows.Sum(r => r.Storage)), report.Rows.Sum(r => r.Storage)) : Formats.Unknown,
                all is { } sum && report.ActiveInMonth > 0 ? new ShownCell(Formats.Money(sum / report.ActiveInMonth, currency), sum / report.ActiveInMonth) : Formats.Unknown, Formats.Unknown,
            ]);
    }

    private static readonly Dictionary<string, Func<NetworkRow, object?>> Orders = new(StringComparer.Ordinal)
    {
        ["name"] = r => r.Name,
        ["members"] = r => r.Now.Members.AtEnd,
        ["active"] = r => r.Now.Active,
        ["change"] = r => r.Now.Active - r.Before.Active,
        ["stickiness"] = r => r.Now.Weekly.Value,
        ["attendance"] = r => r.Now.Gatherings.Attendance.Rate,
        ["storage"] = r => r.Storage,
        ["cost"] = r => r.CostPerActive?.Value,
    };

    private static Attendance Attendance(IEnumerable<PeriodFigures> figures) => figures.Select(f => f.Gatherings.Attendance)
        .Aggregate(new Attendance(0, 0, 0, 0, 0), (sum, a) => new Attendance(sum.Yes + a.Yes, sum.Came + a.Came, sum.WalkIns + a.WalkIns, sum.Recorded + a.Recorded, sum.Events + a.Events));

    // A percentage never stands without its n; below twenty the counts are all there is.
    private static string? N(Attendance attendance) => attendance.Yes >= PartOf.FewestForPercent ? Words.Say("{0} of {1}", Formats.Number(attendance.Came), Formats.Number(attendance.Yes)) : null;

    private static ShownCell Share(PartOf part) => new(CommunityWords.Share(part), part.Ratio);

    private static ShownCell Name(HeldGathering held, CommunityFrame frame) => new(held.Gathering.Key, Small: $"{Formats.Date(held.Gathering.Starts?.InZone(frame.Zone).Date)}, {Formats.Time(held.Gathering.Starts, frame.Zone)}");

    private static ChartPoint Day(LocalDate day, int value, string? href) => new(Formats.Date(day), day.AtStartOfDayInZone(DateTimeZone.Utc).ToDateTimeOffset(), value, href);

    private static string? Behind<T>(CommunityModel<T> model, CommunityFrame frame, LocalDate day, string meter) =>
        model.SeesUsage ? PortalUrls.Events(group: frame.Group, meter: meter, range: RangeChoice.Between(day.ToDateOnly(), day.ToDateOnly())) : null;

    /// <summary>The events behind a meter's figure, for who may see them.</summary>
    public static string? Events<T>(CommunityModel<T> model, CommunityFrame frame, string meter) =>
        model.SeesUsage ? PortalUrls.Events(group: frame.Group, meter: meter, range: RangeChoice.Between(frame.Window.From.ToDateOnly(), frame.Window.To.ToDateOnly())) : null;

    private static IReadOnlyList<IReadOnlyList<ShownCell>> Parts(IReadOnlyList<StoredPart> parts, string unnamed, int most)
    {
        var all = parts.Sum(p => p.Bytes);
        ShownCell Of(decimal bytes) => new(Formats.Bytes(bytes), bytes);
        ShownCell ShareOf(decimal bytes) => all > 0 ? new ShownCell(Formats.Percent(bytes / all, 1), bytes / all) : Formats.Unknown;
        var rows = parts.Take(most).Select(p => (IReadOnlyList<ShownCell>)[p.Name ?? p.Key ?? unnamed, Of(p.Bytes), ShareOf(p.Bytes)]).ToList();
        if (parts.Count > most)
        {
            var rest = parts.Skip(most).Sum(p => p.Bytes);
            rows.Add([Words.Say("{0} more", Formats.Number(parts.Count - most)), Of(rest), ShareOf(rest)]);
        }
        return rows;
    }

    private static IReadOnlyList<ShownCell> Total(IReadOnlyList<StoredPart> parts) => [Words.Say("All"), new ShownCell(Formats.Bytes(parts.Sum(p => p.Bytes)), parts.Sum(p => p.Bytes)), ""];
}

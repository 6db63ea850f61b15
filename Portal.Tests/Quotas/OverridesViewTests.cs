using Bunit;
using NodaTime;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Quotas;
using OpenMeet.Insights.Portal.Quotas;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Quotas;

public sealed class OverridesViewTests : PortalComponentTest
{
    private static readonly Instant Now = Instant.FromUtc(2026, 11, 23, 14, 0);
    private static readonly Tenant Tenant = new() { Id = 1, Key = "t", Name = "Tenant", Terms = [new TenantTerms(null, "USD", "UTC", "group-carries", null)] };
    private static readonly StoredMeter Storage = new(1, new Meter("storage", "Storage", "", "bytes", Aggregation.TimeWeightedSum, [], new Dictionary<string, JsonPath>()), true);

    private static QuotaOverride Override(Instant? until) => new()
    {
        Id = 7,
        TenantId = 1,
        Account = "group:riverside",
        Meter = "storage",
        Limit = 35_000_000_000m,
        LimitKind = "hard",
        Reason = "Festival archive",
        ExpiresAt = until,
        CreatedAt = Now,
        CreatedBy = "ada@example.org",
    };

    private static EffectiveLimit Plan(decimal? limit) => EffectiveLimit.Resolve(null, new PlanLimit("Society", 2, limit, LimitKind.Hard), null);

    private static readonly Dictionary<string, string> Names = new() { ["group:riverside"] = "Riverside Book Circle", ["user:ann"] = "Ann Berg" };

    private static OverridesModel Model(QuotaOverride one, OverrideStanding standing) => new(Tenant, [new HeldOverride(one, standing)], [], [Storage], Names, Now);

    [Fact]
    public void An_account_goes_by_its_name_and_by_its_key_where_it_has_none()
    {
        var (named, nameless) = (Override(Now + Duration.FromDays(7)), Override(null));
        nameless.Account = "user:7f3a";
        var model = Model(named, new OverrideStanding(1, Plan(2), Plan(2)));

        Assert.Equal("Saved: Riverside Book Circle has 35 GB of storage, until 30 Nov 2026.", model.Saved(named));
        Assert.Equal("Saved: 7f3a has 35 GB of storage, permanently.", model.Saved(nameless));
        Assert.Equal("Ended: the storage limit of Riverside Book Circle.", model.Ended(named));
        Assert.Equal("Riverside Book Circle", Render<OverridesView>(p => p.Add(v => v.Model, model)).Find("tbody th a").TextContent);
    }

    [Fact]
    public void The_register_says_who_why_until_when_and_what_follows()
    {
        var standing = new OverrideStanding(29_600_000_000m, Plan(35_000_000_000m), Plan(25_000_000_000m));
        var page = Render<OverridesView>(p => p.Add(v => v.Model, Model(Override(Now + Duration.FromDays(7)), standing)));

        Assert.Equal("1 override is in force; 1 ends within 14 days.", page.Find(".say").TextContent.Trim());
        var row = page.Find("tbody tr");
        foreach (var text in new[] { "Riverside Book Circle", "group riverside", "35 GB", "29.6 GB", "85 %", "Festival archive", "ada@example.org", "30 Nov 2026", "in 7 days", "25 GB", "over by 4.6 GB: new use would be refused" })
            Assert.Contains(text, row.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_permanent_one_says_so_and_a_group_that_is_paid_for_falls_back_to_its_payer()
    {
        var standing = new OverrideStanding(null, Plan(35_000_000_000m), Plan(null), "user:ann");
        var row = Render<OverridesView>(p => p.Add(v => v.Model, Model(Override(null), standing))).Find("tbody tr");

        Assert.Contains("permanent", row.TextContent, StringComparison.Ordinal);
        Assert.Contains("its payer's limits", row.TextContent, StringComparison.Ordinal);
        Assert.Contains("of Ann Berg", row.TextContent, StringComparison.Ordinal);
        Assert.Contains("—", row.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Ending_asks_for_the_one_that_was_meant()
    {
        QuotaOverride? ended = null;
        var standing = new OverrideStanding(1, Plan(2), Plan(2));
        var page = Render<OverridesView>(p => p.Add(v => v.Model, Model(Override(null), standing)).Add(v => v.OnEnd, (QuotaOverride o) => ended = o));

        page.Find("button[aria-label='End the override of Riverside Book Circle']").Click();

        Assert.Equal(7, ended!.Id);
    }

    [Fact]
    public void One_that_ends_within_two_weeks_is_marked_and_a_later_one_is_not()
    {
        var standing = new OverrideStanding(1, Plan(2), Plan(2));
        var soon = Render<OverridesView>(p => p.Add(v => v.Model, Model(Override(Now + Duration.FromDays(14)), standing)));
        var later = Render<OverridesView>(p => p.Add(v => v.Model, Model(Override(Now + Duration.FromDays(15)), standing)));

        Assert.Equal("ends in 14 days", soon.Find("tbody .chip").TextContent.Trim());
        Assert.Empty(later.FindAll("tbody .chip"));
    }

    [Fact]
    public void What_was_just_set_can_be_taken_back_from_its_row_for_ten_minutes()
    {
        QuotaOverride? undone = null;
        var standing = new OverrideStanding(1, Plan(2), Plan(2));
        var fresh = Render<OverridesView>(p => p.Add(v => v.Model, Model(Override(null), standing)).Add(v => v.OnUndo, (QuotaOverride o) => undone = o));
        fresh.Find("button[aria-label='Undo: take the new limit of Riverside Book Circle back']").Click();
        var old = Override(null);
        old.CreatedAt = Now - Duration.FromMinutes(11);

        Assert.Equal(7, undone!.Id);
        Assert.Empty(Render<OverridesView>(p => p.Add(v => v.Model, Model(old, standing))).FindAll("button[aria-label^='Take']"));
    }

    [Fact]
    public void One_that_was_ended_just_now_can_go_on_and_one_that_was_replaced_says_so()
    {
        QuotaOverride? undone = null;
        var (ended, replaced, newer) = (Override(null), Override(null), Override(null));
        (ended.Account, ended.EndedAt) = ("group:other", Now - Duration.FromMinutes(5));
        (newer.Id, newer.CreatedAt) = (8, Now - Duration.FromMinutes(1));
        replaced.EndedAt = newer.CreatedAt;
        var model = new OverridesModel(Tenant, [new HeldOverride(newer, new OverrideStanding(1, Plan(2), Plan(2)))], [ended, replaced], [Storage], Names, Now);
        var page = Render<EndedOverrides>(p => p.Add(v => v.Model, model).Add(v => v.OnUndo, (QuotaOverride o) => undone = o));

        page.Find("button").Click();
        Assert.Equal("group:other", undone!.Account);
        Assert.Single(page.FindAll("button"));
        Assert.Contains("replaced 23 Nov 2026", page.FindAll("tbody tr")[1].TextContent, StringComparison.Ordinal);
    }
}

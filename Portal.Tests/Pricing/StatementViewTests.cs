using Bunit;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Pricing;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Pricing;

public sealed class StatementViewTests : PortalComponentTest
{
    private static readonly BillingPeriod November = new(2026, 11, DateTimeZone.Utc);
    private static readonly Currency Usd = new("USD");

    private static readonly StatementLine Fee = new("fee", "Fee of Club", 1m, 8m, 8m, "8.00 USD");
    private static readonly StatementLine Emails = new("emails", "emails: 812 of 1,000 included, 0 charged per unit", 0m, 0.02m, 0m, "812 of 1,000 included; 0 × 0.02 = 0.00 USD");

    private static StatementModel Model(BillingPeriod period, bool closed = false, string? paidBy = null, StatementPlace place = StatementPlace.Me, params StatementLine[] lines) => new(
        place, "chess", new AccountStatement("group:chess", "Chess", period, paidBy, new Statement(paidBy is null ? "club" : null, paidBy is null ? 3 : null, Usd, lines), "Club", closed),
        paidBy is null ? null : "Olga", November, Instant.FromUtc(2026, 11, 25, 18, 3));

    private IRenderedComponent<StatementView> Show(StatementModel model) => Render<StatementView>(p => p.Add(v => v.Model, model));

    [Fact]
    public void Every_line_stands_with_its_arithmetic_and_the_total_below()
    {
        var page = Show(Model(November, lines: [Fee, Emails]));
        Assert.Equal("November 2026 so far: 8.00 USD.", page.Find(".say").TextContent.Trim());
        Assert.Equal(["8.00 USD", "812 of 1,000 included; 0 × 0.02 = 0.00 USD"], page.FindAll("tbody td.wide").Select(c => c.TextContent));
        Assert.Equal(["1", "8.00", "8.00"], page.FindAll("tbody tr")[0].QuerySelectorAll("td.n").Select(c => c.TextContent));
        Assert.Equal(["0", "0.02", "0.00"], page.FindAll("tbody tr")[1].QuerySelectorAll("td.n").Select(c => c.TextContent));
        Assert.Equal("8.00", page.Find("tfoot td.key").TextContent);
        Assert.Contains("Open: the month runs", page.Markup, StringComparison.Ordinal);
        Assert.Contains("18:03 UTC", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_past_and_closed_months_are_told_apart()
    {
        Assert.Contains("not closed yet", Show(Model(November.Previous(), lines: [Fee])).Find(".more").TextContent, StringComparison.Ordinal);
        var closed = Show(Model(November.Previous(), closed: true, lines: [Fee]));
        Assert.Equal("October 2026: 8.00 USD.", closed.Find(".say").TextContent.Trim());
        Assert.Contains("frozen", closed.Find(".more").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_does_not_pay_has_no_lines_and_no_zero()
    {
        var page = Show(Model(November, paidBy: "user:olga"));
        Assert.Equal("Olga pays for Chess.", page.Find(".say").TextContent.Trim());
        Assert.Empty(page.FindAll("table"));
        Assert.DoesNotContain("0.00", page.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StatementPlace.Me, "/me/statement")]
    [InlineData(StatementPlace.Group, "/groups/chess/statement")]
    [InlineData(StatementPlace.AdminUser, "/admin/users/chess/statement")]
    [InlineData(StatementPlace.AdminGroup, "/admin/groups/chess/statement")]
    public void Its_address_and_its_file_keep_the_place_and_the_month(StatementPlace place, string path)
    {
        var model = Model(November, place: place, lines: [Fee]);
        Assert.Equal(path, model.Address(November));
        Assert.Equal(path + "?period=2026-10", model.Address(November.Previous()));
        Assert.Equal(path + ".csv?period=2026-11", model.File);
        Assert.Equal(path + ".csv?period=2026-11", Show(model).Find("a[download]").GetAttribute("href"));
    }

    [Fact]
    public void The_months_end_with_the_running_one()
    {
        static string Href(BillingPeriod month) => "/x?" + month;
        Assert.Single(Render<MonthStep>(p => p.Add(v => v.Value, November).Add(v => v.Last, November).Add(v => v.Href, Href)).FindAll("a"));
        Assert.Equal(["/x?2026-09", "/x?2026-11"], Render<MonthStep>(p => p.Add(v => v.Value, November.Previous()).Add(v => v.Last, November).Add(v => v.Href, Href)).FindAll("a").Select(a => a.GetAttribute("href")));
    }

    [Fact]
    public void The_file_has_the_lines_of_the_page_and_no_formulas()
    {
        var evil = Fee with { Description = "=HYPERLINK(\"x\")", Arithmetic = "@sum, \"quoted\"", Amount = -1.5m };
        Assert.Equal(
            """"
            account,name,period,status,plan,currency,meter,line,arithmetic,quantity,unit_price,amount
            group:chess,Chess,2026-11,open,Club,USD,fee,"'=HYPERLINK(""x"")","'@sum, ""quoted""",1,8,-1.50
            group:chess,Chess,2026-11,open,Club,USD,emails,"emails: 812 of 1,000 included, 0 charged per unit","812 of 1,000 included; 0 × 0.02 = 0.00 USD",0,0.02,0.00
            group:chess,Chess,2026-11,open,Club,USD,,Total,,,,-1.50

            """".ReplaceLineEndings("\r\n"),
            StatementFiles.Csv(Model(November, lines: [evil, Emails])));
        Assert.Equal(1, StatementFiles.Csv(Model(November, paidBy: "user:olga")).Count(c => c == '\n'));
    }
}

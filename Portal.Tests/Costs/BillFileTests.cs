using System.Net;
using System.Text;
using System.Text.Json;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Costs;

/// <summary>A file of bills over HTTP: all of it is stored, or nothing and every fault is named with its line and column.</summary>
public sealed class BillFileTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private const string Head = "name,period,amount,currency,driver,idlePercent\n";

    private static Task<Answer> SendAsync(TestCommunity c, string csv, string type = "text/csv") => c.PostAsync("api/v1/cost-pools", type, Encoding.UTF8.GetBytes(csv));

    private static string[] Faults(Answer answer) =>
        [.. answer.Json.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("path").GetString() + " " + e.GetProperty("code").GetString())];

    private static async Task<JsonElement[]> BillsAsync(TestCommunity c) => [.. (await c.GetAsync("api/v1/cost-pools")).Json.GetProperty("items").EnumerateArray()];

    [Fact]
    public async Task A_good_file_is_stored_whole_with_an_audit_line_a_bill()
    {
        var c = await portal.NewCommunityAsync();
        await c.JsonAsync(HttpMethod.Post, "api/v1/cost-pools", """{"name":"Chat","period":"2026-10","amount":"1.00","currency":"USD","driver":"messages"}""");
        var answer = await SendAsync(c, "\uFEFF" + Head.Replace("\n", "\r\n", StringComparison.Ordinal) + "Database,2026-10,120.00,USD,db_time,5\r\n\r\n\"Mail, and more\" , 2026-10,30,USD,emails,\r\nChat,2026-10,40.5,USD,messages,0\r\n", "text/csv; charset=utf-8");
        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        Assert.Equal(["Database 120.00 5", "Mail, and more 30.00 0", "Chat 40.50 0"],
            answer.Json.GetProperty("items").EnumerateArray().Select(b => $"{b.GetProperty("name").GetString()} {b.GetProperty("amount").GetString()} {b.GetProperty("idlePercent").GetString()}"));
        Assert.Equal(["Chat 1.00 replaced", "Chat 40.50", "Database 120.00", "Mail, and more 30.00"], (await BillsAsync(c))
            .Select(b => $"{b.GetProperty("name").GetString()} {b.GetProperty("amount").GetString()}{(b.GetProperty("replacedAt").ValueKind == JsonValueKind.Null ? "" : " replaced")}").Order(StringComparer.Ordinal));
        var audit = (await c.GetAsync("api/v1/audit")).Json.GetProperty("items").EnumerateArray().Select(a => a.GetProperty("action").GetString() + " " + a.GetProperty("target").GetString());
        Assert.Equal(["bill.added bill:Chat 2026-10", "bill.added bill:Database 2026-10", "bill.added bill:Mail, and more 2026-10", "bill.corrected bill:Chat 2026-10"], audit.Where(a => a.StartsWith("bill", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_fault_is_named_and_nothing_is_stored()
    {
        var c = await portal.NewCommunityAsync();
        var answer = await SendAsync(c, Head + """
            Good,2026-10,1.00,USD,messages,0
            Comma,2026-10,"12,50",USD,messages,0
            Unquoted,2026-10,12,50,USD,messages,0
            Driver,2026-13,1.00,EUR,nothing,101
            ,2026-10,-1,USD,active_members,0
            Good,2026-10,2.00,USD,messages,0
            Fine,2026-10,1.005,USD,messages,0
            Short,2026-10
            """);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(
            [
                "line[3].amount not_a_number", "line[4] wrong_columns", "line[5].period malformed", "line[5].currency other_currency", "line[5].driver unknown_meter", "line[5].idlePercent out_of_range",
                "line[6].name required", "line[6].amount out_of_range", "line[6].driver not_additive", "line[7].name duplicate", "line[8].amount too_fine", "line[9] wrong_columns",
            ],
            Faults(answer));
        Assert.Contains("'12,50' has a comma; write a point: 12.50.", answer.Text.Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Empty(await BillsAsync(c));
    }

    [Theory]
    [InlineData("", " empty")]
    [InlineData("name,period,amount,currency,driver\n", " empty")]
    [InlineData("name,period,amount,currency,price\na,2026-10,1,USD,messages", "line[1].price unknown_column|line[1].driver required")]
    [InlineData("name,name,period,amount,currency,driver\na,a,2026-10,1,USD,messages", "line[1].name duplicate")]
    [InlineData("name;period;amount;currency;driver\na;2026-10;1;USD;messages", "line[1].name;period;amount;currency;driver unknown_column|line[1].name required|line[1].period required|line[1].amount required|line[1].currency required|line[1].driver required")]
    [InlineData("name,period,amount,currency,driver\na\"b,2026-10,1,USD,messages", "line[2] malformed")]
    public async Task A_file_that_is_none_is_refused(string csv, string faults)
    {
        var c = await portal.NewCommunityAsync();
        var answer = await SendAsync(c, csv);
        Assert.Equal((HttpStatusCode.BadRequest, faults), (answer.Status, string.Join('|', Faults(answer))));
        Assert.Empty(await BillsAsync(c));
    }

    [Fact]
    public async Task The_idle_column_may_be_left_out_and_other_bytes_are_refused()
    {
        var c = await portal.NewCommunityAsync();
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(c, "driver,name,period,amount,currency\nmessages,Chat,2026-10,1,USD")).Status);
        var bytes = await c.PostAsync("api/v1/cost-pools", "text/csv", [0xFF, 0xFE, 0x00]);
        Assert.Equal([" bad_text"], Faults(bytes));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await SendAsync(c, Head + new string('x', 1_100_000))).Status);
    }
}

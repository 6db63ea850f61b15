using System.Net;
using Npgsql;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Account;

/// <summary>docs/access.md against a running portal: every endpoint and page, as everybody.</summary>
public sealed class AuthorisationMatrixTests(AccessRun run) : IClassFixture<AccessRun>
{
    private static ITestOutputHelper Output => TestContext.Current.TestOutputHelper!;

    // What the server's own parts answer to: they have no data, and no line of their own.
    private static readonly Dictionary<string, string> WithoutLine = new(StringComparer.Ordinal)
    {
        ["GET HEAD {**path:file}"] = "files of the program that a new build has put there; they are open, and a name that is no file is not found",
        ["GET /_framework/opaque-redirect"] = "leads to an address that only the portal itself can have signed",
    };

    [Fact]
    public void Every_endpoint_and_page_has_a_line_and_every_line_leads_somewhere()
    {
        var reached = run.Reached.Values.ToHashSet(StringComparer.Ordinal);
        Assert.True(run.Endpoints.Count > 180, $"{run.Endpoints.Count} endpoints are too few: something is not looked at.");
        Assert.DoesNotContain(run.Endpoints, e => !reached.Contains(e) && !WithoutLine.ContainsKey(e));
        Assert.Empty(run.Lines.Where(l => !run.Reached.ContainsKey(l.Number)).Select(l => $"{l} leads nowhere"));
        Assert.Empty(WithoutLine.Keys.Except(run.Endpoints));
        Assert.Empty(run.Lines.GroupBy(l => (l.Method, l.Path, l.Body)).Where(g => g.Count() > 1).Select(g => $"{g.First()} stands twice"));
    }

    [Fact]
    public void Everybody_is_let_in_where_the_lines_say_so_and_nowhere_else()
    {
        var wrong = run.Answers.Where(a => !IsAsSaid(a)).OrderBy(a => a.Line.Number).ThenBy(a => a.Caller.Name, StringComparer.Ordinal).Select(a => $"{a}; said is {(IsLetIn(a) ? $"let in with {a.Line.Status}" : "kept out")}").ToList();
        var (letIn, keptOut) = (run.Answers.Count(IsLetIn), run.Answers.Count(a => !IsLetIn(a)));
        Output.WriteLine($"{run.Endpoints.Count} endpoints, {run.Lines.Count} lines, {run.Answers.Count} calls: {letIn} let in, {keptOut} kept out, {wrong.Count} other than said.");
        Assert.True(wrong.Count == 0, $"{wrong.Count} answers are not as docs/access.md says:\n" + string.Join('\n', wrong));
        Assert.True(letIn > 500 && keptOut > 2000);
    }

    [Fact]
    public void Nothing_ever_breaks() => Assert.Empty(run.Answers.Where(a => a.Status >= 500).Select(a => a.ToString()));

    [Fact]
    public void Who_is_kept_out_and_who_is_of_another_tenant_is_told_no_word_of_it()
    {
        // What is told where it is nobody's: the owner's name to a member who may not decide.
        static bool IsNamedOwner(AccessAnswer a) => a is { Line.Table: "pages", Caller.Letter: 'm' or 'x' or 'g', Status: 403 };
        Assert.Empty(run.Answers.Where(a => (!IsLetIn(a) || a.Caller.Letter == 'B') && !IsNamedOwner(a) && IsNotOwnName(a)).Select(a => a.ToString()));
        // It would be seen: who is let in reads it.
        Assert.True(run.Answers.Count(a => IsLetIn(a) && a.Text.Contains(AccessCommunity.Mark, StringComparison.Ordinal)) > 100);
    }

    [Fact]
    public async Task A_form_without_its_token_is_refused_on_every_page()
    {
        var admin = run.Answers.First(a => a.Caller.Letter == 'P').Caller;
        foreach (var line in run.Lines.Where(l => l is { Table: "pages" or "open", Method: "GET" } && run.Reached[l.Number].StartsWith("GET POST", StringComparison.Ordinal)))
        {
            using var form = new FormUrlEncodedContent([new("_handler", "login"), new("Email", "a@b.example")]);
            using var answer = await admin.Http.PostAsync(new Uri(run.Here.Resolve(line.Path).TrimStart('/'), UriKind.Relative), form, TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"POST {line.Path}: {(int)answer.StatusCode}");
        }
    }

    [Fact]
    public async Task Two_communities_with_the_same_keys_have_their_own_numbers_and_no_word_of_each_other()
    {
        foreach (var (one, mark, other, uploads) in new[] { (run.Here, AccessCommunity.Mark, AccessRun.OtherMark, 3), (run.There, AccessRun.OtherMark, AccessCommunity.Mark, 7) })
        {
            var admin = await run.Portal.SignInAsync(one.Community);
            var named = 0;
            foreach (var line in run.Lines.Where(l => l is { Method: "GET", Table: "api" or "pages" } && !l.Path.StartsWith("/_", StringComparison.Ordinal)))
            {
                using var answer = await (line.Table == "api" ? one.Community.Http : admin).GetAsync(new Uri(one.Resolve(line.Path).TrimStart('/'), UriKind.Relative), TestContext.Current.CancellationToken);
                var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                Assert.DoesNotContain(other, text, StringComparison.Ordinal);
                if (text.Contains(mark, StringComparison.Ordinal)) named++;
            }
            Assert.True(named > 60, $"Only {named} answers name {mark}.");

            var bytes = $"{uploads}000000";
            Assert.Equal(bytes, await one.Community.ValueAsync("uploaded", "subject=mia"));
            Assert.Equal(bytes, (await one.Community.GetAsync("api/v1/quotas/check?group=chess&meter=storage")).Json.GetProperty("used").GetString());
            Assert.Contains(mark + "-" + uploads, (await one.Community.GetAsync("api/v1/events?subject=mia&type=file.uploaded")).Text, StringComparison.Ordinal);
            Assert.Contains($"{uploads} MB", await admin.GetStringAsync(new Uri("groups/chess/storage", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
        // The numbers of what is the other's are nothing here.
        foreach (var line in run.Lines.Where(l => l is { Method: "GET", Table: "api" } && l.Path.Contains('{', StringComparison.Ordinal) && !l.Path.Contains("{tenant}", StringComparison.Ordinal)))
            Assert.Equal((line.Path, HttpStatusCode.NotFound), (line.Path, (await run.There.Community.GetAsync(run.Here.Resolve(line.Path).TrimStart('/'))).Status));
    }

    // Statements that name no tenant, and why they need not.
    private static readonly (string Statement, string Reason)[] WithoutTenant =
    [
        ("FROM service_key AS s WHERE s.hash = @hash", "The key says whose it is: it is found by the hash of its secret, before anybody is known."),
        ("UPDATE service_key AS s SET last_used_at", "Notes the use of the key that was just found so."),
        ("UPDATE service_key SET revoked_at = ", "The row was read for this tenant before it is changed by its number."),
        ("FROM AspNetUsers AS a WHERE a.normalized_email = ", "A person signs in by an address; the row says of which tenant."),
        ("FROM AspNetUsers AS a WHERE a.id = ", "The person who is signed in, by the number in the own ticket; the row says of which tenant."),
        ("FROM AspNetUsers AS a WHERE a.normalized_user_name = ", "The same by name, which is the address."),
    ];

    [Fact]
    public async Task Every_statement_names_the_tenant_whose_rows_it_wants()
    {
        var look = new TenantSql(await TenantTablesAsync());
        var statements = run.Statements.ToList();
        var all = statements.SelectMany(look.Faults).Distinct().Order(StringComparer.Ordinal).ToList();
        var faults = all.Where(f => !WithoutTenant.Any(w => f.Contains(w.Statement, StringComparison.Ordinal))).ToList();
        var touched = statements.SelectMany(look.Touched).ToHashSet(StringComparer.Ordinal);
        Output.WriteLine($"{statements.Count} different statements touch {touched.Count} tables of tenants.");
        Assert.True(faults.Count == 0, $"{faults.Count} statements:\n" + string.Join('\n', faults));
        Assert.True(statements.Count > 200 && touched.Count > 40);
        Assert.DoesNotContain(WithoutTenant, w => !all.Any(f => f.Contains(w.Statement, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("SELECT l.id FROM ledger AS l WHERE l.id = @p", "ledger is asked for every tenant")]
    [InlineData("SELECT l.id FROM ledger AS l WHERE l.tenant_id = 1", "no tenant is given for ledger")]
    [InlineData("SELECT 'tenant_id = $1' FROM ledger", "ledger is asked for every tenant")]
    [InlineData("SELECT tenant_id FROM ledger l JOIN membership m ON m.user_key = l.subject WHERE l.tenant_id = $1", "membership is asked for every tenant")]
    [InlineData("SELECT 1 FROM ledger l JOIN membership m ON m.tenant_id = l.tenant_id", "no tenant is given for ledger, membership")]
    [InlineData("DELETE FROM ledger WHERE tenant_id = $1 AND EXISTS (SELECT FROM membership m WHERE m.user_key = subject)", "membership is asked for every tenant")]
    [InlineData("INSERT INTO ledger (id) VALUES ($1)", "ledger is written without its tenant")]
    [InlineData("UPDATE ledger SET tenant_id = 1 WHERE id = $1", "no tenant is given for ledger")]
    [InlineData("SELECT l.id FROM ledger AS l WHERE l.tenant_id = @t AND l.id = @p", null)]
    [InlineData("SELECT 1 FROM ledger l JOIN membership m ON m.tenant_id = l.tenant_id WHERE l.tenant_id = $1", null)]
    [InlineData("INSERT INTO ledger (tenant_id, id) VALUES ($1, $2) RETURNING id", null)]
    [InlineData("DELETE FROM ledger WHERE (tenant_id, id) = ($1, $2)", null)]
    public void A_statement_without_its_tenant_would_be_seen(string sql, string? fault) =>
        Assert.Equal(fault is null ? [] : [fault], new TenantSql(new HashSet<string> { "ledger", "membership" }).Faults(sql).Select(f => f.Split(':')[0]));

    private async Task<IReadOnlySet<string>> TenantTablesAsync()
    {
        await using var connection = new NpgsqlConnection(run.Portal.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var select = new NpgsqlCommand("SELECT table_name::text FROM information_schema.columns WHERE column_name = 'tenant_id' AND table_schema = 'public'", connection);
        await using var rows = await select.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var tables = new HashSet<string>(StringComparer.Ordinal);
        while (await rows.ReadAsync(TestContext.Current.CancellationToken)) tables.Add(rows.GetString(0));
        return tables;
    }

    private static bool IsNotOwnName(AccessAnswer a)
    {
        // Everybody reads the own name in the menu, and the names of groups that one runs.
        var text = a.Text;
        foreach (var own in OwnWords(a.Caller.Letter)) text = text.Replace($"{own} {AccessCommunity.Mark}", "", StringComparison.Ordinal);
        return text.Contains(AccessCommunity.Mark, StringComparison.Ordinal);
    }

    private static string[] OwnWords(char letter) => letter switch
    {
        'm' => ["Mia"], 'x' => ["Max", "Chess"], 'g' => ["Ada", "Chess"], 'o' => ["Olga", "Chess"], 'z' => ["Zoe", "Hikers"], _ => [],
    };

    private static bool IsLetIn(AccessAnswer a) => a.Line.Table == "open" || (a.Caller.Letter != ' ' && a.Line.LetIn.Contains(a.Caller.Letter, StringComparison.Ordinal));

    private bool IsAsSaid(AccessAnswer a)
    {
        if (IsLetIn(a)) return a.Status == a.Line.Status && (a.Line.Table == "open" || !a.IsSentToSignIn);
        if (a.Line.Table == "pages") return a.Caller.Letter == ' ' ? a.IsSentToSignIn || a.Status == 401 : a.Status is 403 or 404 && a.Status != a.Line.Status;
        if (a.Caller.Letter == ' ') return a.Status == a.Caller.Outside;
        // Where who is let in is told that something is not there, who is kept out is told something else.
        return a.Status == 403 || (a.Status == 404 && (a.Line.Status != 404 || run.Answers.First(o => o.Line == a.Line && IsLetIn(o)).Text != a.Text));
    }
}

using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>Usage, cost and statement of users and groups.</summary>
internal static class UsageEndpoints
{
    public static void MapUsage(this IEndpointRouteBuilder api)
    {
        var users = api.MapGroup("/users/{key}").WithTags("Users").RequireScope("read");
        users.MapGet("/usage", UserUsageAsync).WithName("GetUserUsage").WithSummary("What a user did, carries, and pays for.");
        users.MapGet("/costs", UserCostsAsync).WithName("GetUserCosts").WithSummary("What a user costs the platform.");
        users.MapGet("/statement", UserStatementAsync).WithName("GetUserStatement").WithSummary("What a user's plan asks for a month.");
        var groups = api.MapGroup("/groups/{key}").WithTags("Groups").RequireScope("read");
        groups.MapGet("/usage", GroupUsageAsync).WithName("GetGroupUsage").WithSummary("What a group carries, by member too.");
        groups.MapGet("/costs", GroupCostsAsync).WithName("GetGroupCosts").WithSummary("What a group costs the platform.");
        groups.MapGet("/statement", GroupStatementAsync).WithName("GetGroupStatement").WithSummary("What a group's plan asks for a month.");
    }

    private static IResult UnknownUser(string key) => Problems.NotFound($"Nobody with the key '{key}' was ever seen.");

    private static IResult UnknownGroup(string key) => Problems.NotFound($"No group with the key '{key}' was ever seen.");

    private static async Task<IResult> UserUsageAsync(HttpContext context, UsageReports reports, StatementReports statements, TimeProvider time, string key)
    {
        var caller = context.Caller();
        if (!ApiAccess.MaySeeUser(caller, key)) return UnknownUser(key);
        var input = new QueryInput(context.Request);
        if (input.ReadRange(caller.Tenant, time) is not { } range || input.Faults.Count > 0) return Problems.Input(input.Faults);
        return await reports.UserAsync(caller.Tenant, key, range, context.RequestAborted) is { } usage ? Results.Json(ShowUser(usage, await StandingAsync(context, statements, usage))) : UnknownUser(key);
    }

    private static async Task<IResult> GroupUsageAsync(HttpContext context, UsageReports reports, StatementReports statements, ApiAccess access, TimeProvider time, string key)
    {
        var caller = context.Caller();
        if (!await access.MaySeeGroupAsync(caller, key, money: false, context.RequestAborted)) return UnknownGroup(key);
        var input = new QueryInput(context.Request);
        if (input.ReadRange(caller.Tenant, time) is not { } range || input.Faults.Count > 0) return Problems.Input(input.Faults);
        return await reports.GroupAsync(caller.Tenant, key, range, byMember: true, context.RequestAborted) is { } usage ? Results.Json(ShowGroup(usage, await StandingAsync(context, statements, usage))) : UnknownGroup(key);
    }

    // Live figures show the corrected truth; of a closed month they say whether the frozen statement is another.
    private static async Task<object?> StandingAsync(HttpContext context, StatementReports statements, AccountUsage usage)
    {
        try
        {
            return await statements.IsDifferentAsync(context.Caller().Tenant, usage.Account, usage.Range, context.RequestAborted) is { } differs ? new { status = "closed", differs } : null;
        }
        catch (StillCountingException)
        {
            return null;
        }
    }

    private static object ShowUser(AccountUsage u, object? statement) => new
    {
        u.Account,
        u.Name,
        plan = u.Plan?.Key,
        planVersion = u.Plan is { Version: > 0 } p ? p.Version : (int?)null,
        from = Rfc3339.Format(u.Range.From),
        to = Rfc3339.Format(u.Range.To),
        completeTo = Rfc3339.Format(u.CompleteTo),
        statement,
        meters = Rows(u.Meters),
        acted = Rows(u.Acted),
        carried = Rows(u.Carried),
        groups = u.Groups.Select(g => new { group = g.Group, name = g.Name, meters = Rows(g.Meters) }),
    };

    private static object ShowGroup(AccountUsage u, object? statement) => new
    {
        u.Account,
        u.Name,
        plan = u.Plan?.Key,
        planVersion = u.Plan is { Version: > 0 } p ? p.Version : (int?)null,
        u.PaidBy,
        from = Rfc3339.Format(u.Range.From),
        to = Rfc3339.Format(u.Range.To),
        completeTo = Rfc3339.Format(u.CompleteTo),
        statement,
        meters = Rows(u.Meters),
        carried = Rows(u.Carried),
        byMember = u.ByMember.Select(m => new { user = m.User, name = m.Name, meters = Rows(m.Meters) }),
    };

    private static IEnumerable<object> Rows(IReadOnlyList<UsageRow> rows) => rows.Select(r => (object)(r.ByteSeconds is null
        ? new
        {
            meter = r.Meter.Slug,
            unit = r.Unit,
            value = Wire.Number(r.Value),
            included = Wire.Number(r.Included),
            over = Wire.Number(r.Over),
            limit = Wire.Number(r.Limit),
            limitKind = r.LimitKind?.ToString().ToLowerInvariant(),
            remaining = Wire.Number(r.Remaining),
            state = r.State.ToString().ToLowerInvariant(),
        }
        : new
        {
            meter = r.Meter.Slug,
            unit = r.Unit,
            value = Wire.Number(r.Value),
            included = Wire.Number(r.Included),
            over = Wire.Number(r.Over),
            limit = Wire.Number(r.Limit),
            limitKind = r.LimitKind?.ToString().ToLowerInvariant(),
            remaining = Wire.Number(r.Remaining),
            state = r.State.ToString().ToLowerInvariant(),
            byteSeconds = r.ByteSeconds,
            level = Wire.Number(r.Level),
        }));

    private static async Task<IResult> UserCostsAsync(HttpContext context, CostReports reports, TimeProvider time, string key)
    {
        var caller = context.Caller();
        if (!ApiAccess.MaySeeUser(caller, key)) return UnknownUser(key);
        var input = new QueryInput(context.Request);
        if (input.ReadRange(caller.Tenant, time) is not { } range || input.Faults.Count > 0) return Problems.Input(input.Faults);
        return await WholeAsync(async () => await reports.UserAsync(caller.Tenant, key, range, context.RequestAborted) is { } costs ? Results.Json(Show(costs)) : UnknownUser(key));
    }

    private static async Task<IResult> GroupCostsAsync(HttpContext context, CostReports reports, ApiAccess access, TimeProvider time, string key)
    {
        var caller = context.Caller();
        if (!await access.MaySeeGroupAsync(caller, key, money: true, context.RequestAborted)) return UnknownGroup(key);
        var input = new QueryInput(context.Request);
        if (input.ReadRange(caller.Tenant, time) is not { } range || input.Faults.Count > 0) return Problems.Input(input.Faults);
        return await WholeAsync(async () => await reports.GroupAsync(caller.Tenant, key, range, context.RequestAborted) is { } costs ? Results.Json(Show(costs)) : UnknownGroup(key));
    }

    /// <summary>Answers null for what hangs on a meter that is still being counted: not known yet is not 0.</summary>
    internal static async Task<IResult> WholeAsync(Func<Task<IResult>> answer)
    {
        try
        {
            return await answer();
        }
        catch (StillCountingException e)
        {
            var unknown = new { total = (string?)null, lines = Array.Empty<object>() };
            return Results.Json(new { counting = e.Meters, detail = e.Message, unitRates = unknown, pools = unknown, reconciliation = (object?)null, lines = (object?)null, total = (string?)null, totals = (object?)null });
        }
    }

    private static object Show(AccountCosts c) => new
    {
        c.Account,
        c.Name,
        c.PaidBy,
        from = Rfc3339.Format(c.Range.From),
        to = Rfc3339.Format(c.Range.To),
        currency = c.Currency.Code,
        unitRates = new
        {
            total = Wire.Number(c.UnitRateTotal.Value),
            lines = c.UnitRates.Select(l => l.From is { } from
                ? (object)new { meter = l.Meter, quantity = Wire.Number(l.Quantity), unit = l.Unit, rate = Wire.Number(l.Rate.Value), amount = Wire.Number(l.Amount.Value), from = Rfc3339.Format(from), to = Rfc3339.Format(l.To!.Value) }
                : new { meter = l.Meter, quantity = Wire.Number(l.Quantity), unit = l.Unit, rate = Wire.Number(l.Rate.Value), amount = Wire.Number(l.Amount.Value) }),
        },
        pools = new
        {
            total = Wire.Money(c.PoolTotal),
            lines = c.Pools.Select(l => l.Estimated
                ? (object)new { pool = l.Pool, driver = l.Driver, share = Wire.Number(l.Share), amount = Wire.Money(l.Amount), estimated = true }
                : new { pool = l.Pool, driver = l.Driver, share = Wire.Number(l.Share), amount = Wire.Money(l.Amount) }),
        },
        reconciliation = Show(c.Reconciliation),
    };

    private static object Show(Reconciliation r) => new
    {
        bill = Wire.Money(r.Bill),
        attributed = Wire.Money(r.Attributed),
        unattributed = Wire.Money(r.Unattributed),
        idle = Wire.Money(r.Idle),
        attributedPercent = Wire.Number(r.AttributedPercent),
    };

    private static async Task<IResult> UserStatementAsync(HttpContext context, StatementReports reports, TimeProvider time, string key)
    {
        var caller = context.Caller();
        if (!ApiAccess.MaySeeUser(caller, key)) return UnknownUser(key);
        var input = new QueryInput(context.Request);
        if (ReadPeriod(input, caller, time) is not { } period) return Problems.Input(input.Faults);
        return await WholeAsync(async () => await reports.UserAsync(caller.Tenant, key, period, context.RequestAborted) is { } statement ? Results.Json(Show(statement)) : UnknownUser(key));
    }

    private static async Task<IResult> GroupStatementAsync(HttpContext context, StatementReports reports, ApiAccess access, TimeProvider time, string key)
    {
        var caller = context.Caller();
        if (!await access.MaySeeGroupAsync(caller, key, money: true, context.RequestAborted)) return UnknownGroup(key);
        var input = new QueryInput(context.Request);
        if (ReadPeriod(input, caller, time) is not { } period) return Problems.Input(input.Faults);
        return await WholeAsync(async () => await reports.GroupAsync(caller.Tenant, key, period, context.RequestAborted) is { } statement ? Results.Json(Show(statement)) : UnknownGroup(key));
    }

    private static BillingPeriod? ReadPeriod(QueryInput input, ApiCaller caller, TimeProvider time)
    {
        if (input.Text("from") is not null || input.Text("to") is not null)
            input.Faults.Add(new Domain.InputFault("period", "required", "A statement is of a month: send 'period' such as 2026-11."));
        var period = input.ReadPeriod(caller.Tenant, time);
        return input.Faults.Count > 0 ? null : period;
    }

    private static object Show(AccountStatement s) => new
    {
        s.Account,
        s.Name,
        period = s.Period.ToString(),
        from = Rfc3339.Format(s.Period.Range.From),
        to = Rfc3339.Format(s.Period.Range.To),
        plan = s.Statement.Plan,
        planVersion = s.Statement.PlanVersion is > 0 ? s.Statement.PlanVersion : null,
        s.PaidBy,
        status = s.IsClosed ? "closed" : "open",
        differs = s.IsDifferent,
        currency = s.Statement.Currency.Code,
        lines = s.Statement.Lines.Select(l => new
        {
            meter = l.Meter,
            description = l.Description,
            quantity = Wire.Number(l.Quantity),
            unitPrice = Wire.Number(l.UnitPrice),
            amount = Wire.Money(l.Amount, s.Statement.Currency.Code),
            arithmetic = l.Arithmetic,
            adjusts = l.Adjusts?.Period,
            cause = l.Adjusts?.Cause,
        }),
        total = Wire.Money(s.Statement.Total, s.Statement.Currency.Code),
    };
}

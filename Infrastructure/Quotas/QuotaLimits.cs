using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Attribution;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;

namespace OpenMeet.Insights.Infrastructure.Quotas;

/// <summary>
/// Limits, reservations and forecasts of one tenant's accounts. The usage page, the API and the quota check all come here, so they
/// cannot differ.
/// </summary>
public sealed class QuotaLimits
{
    private readonly ILookup<(string, string), QuotaOverride> _overrides;
    private readonly ILookup<(string, string), Reservation> _reservations;
    private readonly Dictionary<string, DefaultLimit> _defaults;
    private readonly Instant _now;

    private QuotaLimits(Tenant tenant, List<QuotaOverride> overrides, List<Reservation> reservations, Instant now)
    {
        _now = now;
        _overrides = overrides.ToLookup(o => (o.Account, o.Meter));
        _reservations = reservations.ToLookup(r => (r.Account, r.Meter));
        _defaults = ReadDefaults(tenant.DefaultLimits);
    }

    /// <summary>Reads what holds now; of one account where it is named.</summary>
    public static async Task<QuotaLimits> ReadAsync(InsightsDbContext db, Tenant tenant, string? account, Instant now, CancellationToken cancel) => new(
        tenant,
        await db.QuotaOverrides.AsNoTracking().Where(o => o.TenantId == tenant.Id && (account == null || o.Account == account) && o.EndedAt == null && (o.ExpiresAt == null || o.ExpiresAt > now)).ToListAsync(cancel),
        await db.Reservations.AsNoTracking().Where(r => r.TenantId == tenant.Id && (account == null || r.Account == account) && r.ExpiresAt > now).ToListAsync(cancel),
        now);

    /// <summary>What is set aside on an account.</summary>
    public decimal Reserved(string account, string meter) => _reservations[(account, meter)].Sum(r => r.Amount);

    /// <summary>The limit in force, with the whole chain; a group that somebody else pays for has only its override as a ceiling.</summary>
    public EffectiveLimit Effective(string account, string meter, Plan? plan) => Resolve(_overrides[(account, meter)].MaxBy(o => o.Id), meter, plan);

    /// <summary>The limit that would be in force without an override.</summary>
    public EffectiveLimit Without(string meter, Plan? plan) => Resolve(null, meter, plan);

    private EffectiveLimit Resolve(QuotaOverride? own, string meter, Plan? plan)
    {
        var item = plan?.Item(meter);
        return EffectiveLimit.Resolve(
            own is null ? null : new OverrideLimit(own.Limit, KindOf(own.LimitKind), own.Reason, own.ExpiresAt),
            plan is null ? null : new PlanLimit(plan.Name, plan.Version, item?.Limit, item?.LimitKind ?? default),
            plan is null ? null : _defaults.GetValueOrDefault(meter));
    }

    /// <summary>Reads <c>hard</c> or <c>soft</c>.</summary>
    public static LimitKind KindOf(string text) => text == "hard" ? LimitKind.Hard : LimitKind.Soft;

    /// <summary>When an account reaches a limit at its present pace; null for meters without a forecast.</summary>
    public async Task<LimitDate?> ReachesAsync(
        NpgsqlConnection connection, int tenantId, AccountBook book, string account, Meter meter, int meterId, decimal limit, BillingPeriod period, CancellationToken cancel)
    {
        if (meter.IsStorage)
        {
            var levels = await DailyLevelsAsync(connection, tenantId, book, account, period.Zone, StockForecast.WindowDays, cancel);
            return StockForecast.Fit(levels).WhenReaches(limit);
        }
        if (meter.Aggregation is not (Aggregation.Count or Aggregation.Sum)) return null;
        var daily = await DailyAmountsAsync(connection, tenantId, book, account, meter, meterId, period.Zone, cancel);
        var start = period.Range.From.InZone(period.Zone).Date;
        return FlowForecast.Fit(daily, start, period.Next().Range.From.InZone(period.Zone).Date).WhenReaches(limit);
    }

    /// <summary>Levels at the end of each of the last days (the last is now), in bytes, of all that an account pays for now.</summary>
    public async Task<IReadOnlyList<(LocalDate Day, decimal Level)>> DailyLevelsAsync(
        NpgsqlConnection connection, int tenantId, AccountBook book, string account, DateTimeZone zone, int days, CancellationToken cancel)
    {
        var carriers = CarriersNow(book, account);
        var today = _now.InZone(zone).Date;
        var first = today.PlusDays(1 - days);
        var changes = new SortedDictionary<LocalDate, Quantity>();
        LocalDate? since = null;
        await using var select = new NpgsqlCommand("""
            SELECT greatest((time AT TIME ZONE $4)::date, $3::date) AS day, sum(delta), min((time AT TIME ZONE $4)::date) FROM storage_delta
            WHERE tenant_id = $1 AND carrier = ANY($2) AND time <= $5 GROUP BY 1
            """, connection)
        {
            Parameters =
            {
                new() { Value = tenantId }, new() { Value = carriers }, new() { Value = first, NpgsqlDbType = NpgsqlDbType.Date }, new() { Value = zone.Id },
                new() { Value = _now, NpgsqlDbType = NpgsqlDbType.TimestampTz },
            },
        };
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel))
            {
                changes[rows.GetFieldValue<LocalDate>(0)] = new Quantity((Int128)rows.GetFieldValue<BigInteger>(1));
                var start = rows.GetFieldValue<LocalDate>(2);
                since = since < start ? since : start;
            }
        }
        var levels = new List<(LocalDate, decimal)>();
        var level = Quantity.Zero;
        for (var day = first; day <= today; day = day.PlusDays(1))
        {
            level += changes.GetValueOrDefault(day);
            if (day >= since) levels.Add((day, level.ToDecimal()));
        }
        return levels;
    }

    /// <summary>Amounts of the last complete days of what an account pays for now, oldest first.</summary>
    public async Task<IReadOnlyList<(LocalDate Day, decimal Amount)>> DailyAmountsAsync(
        NpgsqlConnection connection, int tenantId, AccountBook book, string account, Meter meter, int meterId, DateTimeZone zone, CancellationToken cancel)
    {
        var today = _now.InZone(zone).Date;
        var first = zone.AtStartOfDay(today.PlusDays(-FlowForecast.WeekdayWindowDays)).ToInstant();
        await using var select = new NpgsqlCommand($"""
            SELECT (hour AT TIME ZONE $4)::date, sum(sum) FROM rollup_hour
            WHERE tenant_id = $1 AND meter_id = $2 AND scope = 3 AND key = ANY($3) AND hour >= $5 AND count <> 0 GROUP BY 1 ORDER BY 1
            """, connection)
        {
            Parameters =
            {
                new() { Value = tenantId }, new() { Value = meterId }, new() { Value = CarriersNow(book, account) }, new() { Value = zone.Id },
                new() { Value = first, NpgsqlDbType = NpgsqlDbType.TimestampTz },
            },
        };
        var amounts = new List<(LocalDate, decimal)>();
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            var day = rows.GetFieldValue<LocalDate>(0);
            if (day < today) amounts.Add((day, new Quantity((Int128)rows.GetFieldValue<BigInteger>(1)).ToDecimal()));
        }
        if (amounts.Count > 0 && amounts[^1].Item1 != today.PlusDays(-1)) amounts.Add((today.PlusDays(-1), 0m));
        return amounts;
    }

    private string[] CarriersNow(AccountBook book, string account) =>
        [.. book.CarriersOf(account, new TimeRange(_now, _now + Duration.FromTicks(10))).Select(c => c.Key)];

    private static Dictionary<string, DefaultLimit> ReadDefaults(string json)
    {
        using var document = JsonDocument.Parse(json);
        var limits = new Dictionary<string, DefaultLimit>(StringComparer.Ordinal);
        foreach (var member in document.RootElement.EnumerateObject())
        {
            var limit = member.Value.GetProperty("limit");
            var value = decimal.Parse(limit.ValueKind == JsonValueKind.String ? limit.GetString()! : limit.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture);
            limits[member.Name] = new DefaultLimit(value, KindOf(member.Value.TryGetProperty("limitKind", out var kind) ? kind.GetString()! : "soft"));
        }
        return limits;
    }
}

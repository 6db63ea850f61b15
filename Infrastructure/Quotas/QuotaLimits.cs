using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Forecasting;
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
    private readonly List<Reservation> _reservations;
    private readonly Dictionary<string, DefaultLimit> _defaults;
    private readonly Instant _now;

    private QuotaLimits(Tenant tenant, List<QuotaOverride> overrides, List<Reservation> reservations, Instant now)
    {
        _now = now;
        _overrides = overrides.ToLookup(o => (o.Account, o.Meter));
        _reservations = reservations;
        _defaults = ReadDefaults(tenant.DefaultLimits);
    }

    /// <summary>Reads what holds now; of one account where it is named.</summary>
    public static async Task<QuotaLimits> ReadAsync(InsightsDbContext db, Tenant tenant, string? account, Instant now, CancellationToken cancel) => new(
        tenant,
        await db.QuotaOverrides.AsNoTracking().Where(o => o.TenantId == tenant.Id && (account == null || o.Account == account) && o.EndedAt == null && (o.ExpiresAt == null || o.ExpiresAt > now)).ToListAsync(cancel),
        await db.Reservations.AsNoTracking().Where(r => r.TenantId == tenant.Id && (account == null || r.Account == account || r.GroupKey != null) && r.ExpiresAt > now).ToListAsync(cancel),
        now);

    /// <summary>Asks for what holds now of some accounts, and for what is set aside in some groups: two statements of a batch.</summary>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="accounts">The accounts that will be asked for.</param>
    /// <param name="slugs">The slugs of the groups that will be asked for, former ones too.</param>
    /// <param name="now">The instant.</param>
    internal static IEnumerable<NpgsqlBatchCommand> Ask(int tenantId, string[] accounts, string[] slugs, Instant now) =>
    [
        new("""
            SELECT id, account, meter, "limit", limit_kind, reason, expires_at, created_at, created_by FROM quota_override
            WHERE tenant_id = $1 AND account = ANY($2) AND ended_at IS NULL AND (expires_at IS NULL OR expires_at > $3)
            """) { Parameters = { new() { Value = tenantId }, SqlValue.Texts(accounts), SqlValue.Time(now) } },
        new("""
            SELECT id, account, meter, amount, user_key, group_key, created_at, expires_at FROM reservation
            WHERE tenant_id = $1 AND (account = ANY($2) OR group_key = ANY($3)) AND expires_at > $4
            """) { Parameters = { new() { Value = tenantId }, SqlValue.Texts(accounts), SqlValue.Texts(slugs), SqlValue.Time(now) } },
    ];

    /// <summary>Reads the two results of <see cref="Ask"/>, of which the reader stands at the first.</summary>
    internal static async Task<QuotaLimits> ReadAsync(NpgsqlDataReader rows, Tenant tenant, Instant now, CancellationToken cancel)
    {
        var (overrides, reservations) = (new List<QuotaOverride>(), new List<Reservation>());
        while (await rows.ReadAsync(cancel))
        {
            overrides.Add(new QuotaOverride
            {
                Id = rows.GetInt64(0), TenantId = tenant.Id, Account = rows.GetString(1), Meter = rows.GetString(2), Limit = rows.GetDecimal(3), LimitKind = rows.GetString(4), Reason = rows.GetString(5),
                ExpiresAt = rows.IsDBNull(6) ? null : rows.GetFieldValue<Instant>(6), CreatedAt = rows.GetFieldValue<Instant>(7), CreatedBy = rows.GetString(8),
            });
        }
        await rows.NextResultAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            reservations.Add(new Reservation
            {
                Id = rows.GetGuid(0), TenantId = tenant.Id, Account = rows.GetString(1), Meter = rows.GetString(2), Amount = rows.GetDecimal(3), UserKey = rows.GetText(4), GroupKey = rows.GetText(5),
                CreatedAt = rows.GetFieldValue<Instant>(6), ExpiresAt = rows.GetFieldValue<Instant>(7),
            });
        }
        return new QuotaLimits(tenant, overrides, reservations, now);
    }

    /// <summary>What is set aside on an account.</summary>
    public decimal Reserved(string account, string meter) => _reservations.Where(r => r.Account == account && r.Meter == meter).Sum(r => r.Amount);

    /// <summary>What is set aside in a group, whoever pays: it counts against a ceiling on the group itself.</summary>
    public decimal ReservedIn(IReadOnlyList<string> slugs, string meter) => _reservations.Where(r => r.GroupKey is { } group && slugs.Contains(group) && r.Meter == meter).Sum(r => r.Amount);

    /// <summary>What is set aside since an instant for a member who acts in a group.</summary>
    public decimal ReservedBy(string user, IReadOnlyList<string> slugs, string meter, Instant since) =>
        _reservations.Where(r => r.UserKey == user && r.GroupKey is { } group && slugs.Contains(group) && r.Meter == meter && r.CreatedAt >= since).Sum(r => r.Amount);

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
        NpgsqlConnection connection, int tenantId, AccountBook book, string account, StoredMeter stored, decimal limit, BillingPeriod period, CancellationToken cancel)
    {
        var meter = stored.Meter;
        if (meter.IsStorage)
        {
            var levels = await DailyLevelsAsync(connection, tenantId, book, account, period.Zone, StockForecast.WindowDays, cancel);
            return StockForecast.Fit(levels).WhenReaches(limit);
        }
        if (meter.Aggregation is not (Aggregation.Count or Aggregation.Sum)) return null;
        return (await FlowAsync(connection, tenantId, book, account, stored, period, cancel)).WhenReaches(limit);
    }

    /// <summary>The forecast of what is counted or summed, for the end of a period.</summary>
    public async Task<FlowForecast> FlowAsync(
        NpgsqlConnection connection, int tenantId, AccountBook book, string account, StoredMeter meter, BillingPeriod period, CancellationToken cancel)
    {
        var daily = await DailyAmountsAsync(connection, tenantId, book, account, meter, period.Zone, cancel);
        return FlowForecast.Fit(daily, period.Range.From.InZone(period.Zone).Date, period.Next().Range.From.InZone(period.Zone).Date);
    }

    /// <summary>Levels at the end of each of the last days (the last is now), in bytes, of all that an account pays for now.</summary>
    public async Task<IReadOnlyList<(LocalDate Day, decimal Level)>> DailyLevelsAsync(
        NpgsqlConnection connection, int tenantId, AccountBook book, string account, DateTimeZone zone, int days, CancellationToken cancel)
    {
        var carriers = CarriersNow(book, account);
        var today = _now.InZone(zone).Date;
        var first = today.PlusDays(1 - days);
        return (await DailySeries.StorageAsync(connection, tenantId, carriers, zone, first, _now, cancel)).Levels(carriers, first, today);
    }

    /// <summary>Amounts of the last complete days of what an account pays for now, oldest first.</summary>
    public async Task<IReadOnlyList<(LocalDate Day, decimal Amount)>> DailyAmountsAsync(
        NpgsqlConnection connection, int tenantId, AccountBook book, string account, StoredMeter meter, DateTimeZone zone, CancellationToken cancel)
    {
        var carriers = CarriersNow(book, account);
        var today = _now.InZone(zone).Date;
        var first = today.PlusDays(-FlowForecast.WeekdayWindowDays);
        return (await DailySeries.AmountsAsync(connection, tenantId, meter, carriers, zone, first, _now, cancel)).Amounts(carriers, first, today.PlusDays(-1));
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

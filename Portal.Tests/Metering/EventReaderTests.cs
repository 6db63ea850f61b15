using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Tests.Metering;

/// <summary>An event is read quickly where it is plainly right, and with care otherwise: both ways say the same of every event.</summary>
public sealed class EventReaderTests
{
    private static readonly Instant s_now = Instant.FromUtc(2026, 11, 26, 12, 0);
    private static readonly EventReader s_reader = new(4_096, Duration.FromMinutes(60));

    private static readonly string[] s_names =
        ["id", "source", "type", "subject", "time", "specversion", "data", "data_base64", "datacontenttype", "group", "event", "user", "file", "size_bytes", "duration_ms", "count", "b", "i\\u0064", "ä", "Zz"];
    private static readonly string[] s_values =
    [
        "\"1\"", "\"/api\"", "\"file.uploaded\"", "\"api.request\"", "\"1.0\"", "\"0.3\"", "\"2026-11-26T11:59:59.1234567Z\"", "\"2026-11-26T10:00:00Z\"", "\"2026-02-30T10:00:00Z\"",
        "\"2026-11-26T12:00:00.5+02:00\"", "\"2026-11-26T13:30:00Z\"", "\"9999-01-01T00:00:00Z\"", "\"\"", "null", "true", "false", "7", "-0", "0.50", "1e3", "12300", "1000000000000001", "0.0000001", "\"7.5\"",
        "\"a\\\"b\"", "\"\\u0000\"", "\"\\ud800\"", "\"😀\"", "[1, 1.0, {\"b\": null}]", "[]", "{}", "{\"data\": null, \"b\": {\"b\": null}}", "{\"a\":1,\"a\":2}", "\"" + new string('k', 255) + "\"", "\"" + new string('k', 256) + "\"",
    ];

    private static readonly Gen<string> s_space = AnyOf("", "", "", " ", "\t", "\n");
    private static readonly Gen<string> s_odd = Gen.Select(AnyOf(s_names), AnyOf(s_values), s_space, (name, value, space) => $"\"{name}\"{space}:{space}{value}");
    private static readonly Gen<string> s_data = s_odd.Array[0, 5].Select(m => $"{{{string.Join(',', m)}}}");
    private static readonly Gen<string> s_event = Gen.Select(
        s_odd.Array[0, 3], s_data, Gen.Bool, AnyOf("file.uploaded", "api.request", "x"), s_space, Gen.Int,
        (odd, data, isWhole, type, space, order) =>
        {
            string[] right = isWhole ? ["\"id\":\"i\"", "\"source\":\"s\"", $"\"type\":\"{type}\"", "\"specversion\":\"1.0\"", $"\"data\":{data}"] : [];
            string[] members = [.. right, .. odd];
            new Random(order).Shuffle(members);
            return $"{{{space}{string.Join("," + space, members)}}}";
        });

    [Fact]
    public void Both_ways_say_the_same_of_any_event() => s_event.Sample(json =>
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var (quickFaults, carefulFaults) = (new List<InputFault>(), new List<InputFault>());
        var quick = s_reader.Read(bytes, s_now, 3, quickFaults);
        var careful = s_reader.Read(JsonDocument.Parse(bytes).RootElement, bytes.Length, s_now, 3, carefulFaults);
        Assert.Equal(carefulFaults, quickFaults);
        Assert.Equal(careful is null, quick is null);
        if (quick is null || careful is null) return;
        Assert.Equal((careful.Source, careful.Id, careful.Type, careful.Subject, careful.Group, careful.Time), (quick.Source, quick.Id, quick.Type, quick.Subject, quick.Group, quick.Time));
        Assert.Equal(careful.ContentHash, quick.ContentHash);
        Assert.Equal(careful.Key, quick.Key);
        Assert.Equal(careful.Json.ToArray(), quick.Json.ToArray());
        foreach (var name in s_names.Where(n => !n.Contains('\\', StringComparison.Ordinal)))
        {
            Assert.Equal(careful.Text(name), quick.Text(name));
            Assert.Equal(careful.Number(name), quick.Number(name));
        }
    }, iter: 20_000);

    [Fact]
    public void A_time_of_any_length_is_the_same_from_text_and_from_bytes() =>
        Gen.Select(Gen.DateTime[new DateTime(1, 1, 1), new DateTime(9999, 12, 31)], Gen.Int[0, 9], AnyOf("Z", "z", "+00:00", "-05:30", "", "Zx"), AnyOf('T', 't', ' ', '_'), (time, digits, zone, between) =>
            time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + between + time.ToString("HH:mm:ss", CultureInfo.InvariantCulture) + (digits > 0 ? "." + "123456789"[..digits] : "") + zone)
        .Sample(text =>
        {
            var (fromText, fromBytes) = (Rfc3339.TryParse(text, out var a), Rfc3339.TryParse(Encoding.UTF8.GetBytes(text), out var b));
            Assert.Equal(fromText, fromBytes);
            Assert.Equal(a, b);
        });

    private static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    [Theory]
    [InlineData("2026-02-29T00:00:00Z"), InlineData("2026-11-26T23:59:60Z"), InlineData("2026-13-01T00:00:00Z"), InlineData("2026-11-00T00:00:00Z"), InlineData("2026-11-26T10:00:00.Z"), InlineData("0001-01-01T00:00:00Z")]
    public void What_is_no_time_is_none_in_bytes_too(string text) => Assert.False(Rfc3339.TryParse(Encoding.UTF8.GetBytes(text), out _));
}

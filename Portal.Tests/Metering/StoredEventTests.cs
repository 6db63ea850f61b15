using System.Text;
using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Tests.Metering;

/// <summary>A stored event's values are read from its bytes; they are those of the parsed event.</summary>
public sealed class StoredEventTests
{
    private static readonly string[] Values =
    [
        "1", "-0.5", "1e3", "999999999999999.999999", "1000000000000000000000", "\"7\"", "\"x\"", "\"\\u0037\"", "\"\"", "null", "true", "false", "[1,2]", "{}", "{\"b\":3}",
        "{\"b\":1,\"b\":2}", "{\"b\":1,\"b\":null}", "{\"c\":{\"b\":9},\"b\":{\"c\":4}}", "{ \"b\" : [ { \"b\" : 5 } ] }",
    ];

    private static readonly string[] Names = ["a", "\\u0061", "b", "c", "data", "ä"];
    private static readonly JsonPath[] Paths = [JsonPath.Of("$.a"), JsonPath.Of("$.b"), JsonPath.Of("$.a.b"), JsonPath.Of("$.a.b.c"), JsonPath.Of("$.data"), JsonPath.Of("$.ä")];
    private static readonly Gen<string> Members = Gen.Select(Gen.Int[0, Names.Length - 1].Select(i => Names[i]), Gen.Int[0, Values.Length - 1].Select(i => Values[i]), (name, value) => $"\"{name}\":{value}").Array[0, 5].Select(m => string.Join(",", m));
    private static readonly Gen<string> Data = Gen.Frequency((8, Members.Select(m => "{" + m + "}")), (1, Gen.Int[0, Values.Length - 1].Select(i => Values[i])));

    [Fact]
    public void Every_path_finds_the_same_in_the_bytes_and_in_the_parsed_event() => Gen.Select(Data, Data, Gen.Bool).Sample((first, second, repeated) =>
    {
        var json = $"{{\"id\":\"1\",\"data\":{first},\"x\":{{\"data\":{second}}}{(repeated ? $",\"d\\u0061ta\":{second}" : "")}}}";
        foreach (var path in Paths)
        {
            var (stored, parsed) = (Event(json), Event(json));
            _ = parsed.Data;
            Assert.Equal(path.FindText(parsed), path.FindText(stored));
            Assert.Equal(Read(path, parsed), Read(path, stored));
        }
    });

    [Fact]
    public void A_short_number_is_the_same_as_with_an_exponent_of_nothing() => Gen.Select(Gen.Long, Gen.Int[0, 20], Gen.Bool).Sample((digits, decimals, negative) =>
    {
        var text = Math.Abs(digits % 1_000_000_000_000_000_000).ToString(System.Globalization.CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        text = (negative ? "-" : "") + (decimals == 0 ? text : text[..^decimals] + "." + text[^decimals..]);
        Assert.True(DecimalText.TryParse(text, out var plain));
        Assert.True(DecimalText.TryParse(text + "e0", out var other));
        Assert.Equal(other, plain);
        Assert.Equal(other.ToString(), plain.ToString());
    });

    [Theory]
    [InlineData("1.2.3"), InlineData(""), InlineData("-"), InlineData("."), InlineData("1."), InlineData(".5"), InlineData("01"), InlineData("+1"), InlineData("1,5"), InlineData("--1")]
    public void What_is_no_number_stays_none(string text) => Assert.False(DecimalText.TryParse(text, out _));

    [Theory]
    [InlineData("1000000000000000", true), InlineData("1000000000000000.000001", false), InlineData("-1000000000000000", true), InlineData("1000000000000001", false)]
    [InlineData("999999999999999.999999", true), InlineData("0.0000001", false), InlineData("0.0000010", true), InlineData("5000000", true)]
    public void A_reading_has_bounds(string text, bool isRead)
    {
        Assert.Equal(isRead, Quantity.TryRead(text, out var quantity));
        Assert.Equal(isRead ? decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : 0m, quantity.ToDecimal());
    }

    private static UsageEvent Event(string json) => EventReader.Restore("/s", "1", "t", null, null, Instant.FromUtc(2025, 1, 1, 0, 0), Encoding.UTF8.GetBytes(json), []);

    private static string Read(JsonPath path, UsageEvent e)
    {
        var meter = new Meter("m", "m", "", "", Aggregation.Sum, [new MeterSource("t", path)], new Dictionary<string, JsonPath>());
        var said = new List<string>();
        said.AddRange(meter.Read(e, said.Add).Select(r => r.Value.ToString()).ToList());
        return string.Join(";", said);
    }
}

using System.Text.Json;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;

namespace OpenMeet.Insights.Tests.Pricing;

public sealed class PlanReaderTests
{
    private const string Plus = """
        {"key":"plus","name":"Plus","currency":"USD","fee":"8.00","items":[
          {"meter":"api_calls","included":"1000","limitKind":"soft","price":{"model":"per_unit","unitPrice":"0.02"},"discountPercent":"10","minimum":"1.00"},
          {"meter":"storage","included":"0.5","limit":"1000000000","limitKind":"hard","price":{"model":"graduated","tiers":[{"upTo":"5","unitPrice":"7.00","flat":"1.00"},{"unitPrice":"6.00"}]}},
          {"meter":"emails","included":"0","limitKind":"soft","price":{"model":"package","size":"100","amount":"5.00"}},
          {"meter":"rsvps","included":"0","limitKind":"soft","price":{"model":"volume","tiers":[{"unitPrice":"0.004"}]}},
          {"meter":"files","included":"0","limitKind":"soft","price":{"model":"flat","amount":"2.00"}},
          {"meter":"messages","included":"10","limitKind":"soft"}]}
        """;

    [Fact]
    public void A_plan_is_written_as_it_was_read()
    {
        var plan = Read(Plus, out var faults);

        Assert.Empty(faults);
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(Plus).RootElement, JsonSerializer.SerializeToElement(PlanWriter.ToJson(plan!))));
    }

    [Fact]
    public void Numbers_may_come_as_numbers_null_is_absent_and_members_of_the_answer_are_ignored()
    {
        var plan = Read("""
            {"key":"p_1","version":3,"status":"draft","name":"P","currency":"EUR","fee":8,"items":[
              {"meter":"files","limit":null,"price":{"model":"volume","tiers":[{"upTo":1e1,"unitPrice":0.5},{"upTo":null,"unitPrice":0.25}]}}]}
            """, out var faults);

        Assert.Empty(faults);
        Assert.Equal((0, new Currency("EUR"), 8m), (plan!.Version, plan.Currency, plan.Fee));
        var item = plan.Item("files")!;
        Assert.Equal((0m, null, LimitKind.Soft), (item.Included, item.Limit, item.LimitKind));
        Assert.Equal([new(10m, 0.5m, null), new(null, 0.25m, null)], Assert.IsType<Price.Volume>(item.Price).Tiers);
        Assert.Null(plan.Item("emails"));
    }

    [Fact]
    public void Every_fault_is_named_at_once()
    {
        var plan = Read("""
            {"key":"Not Good","name":" ","currency":"usd","fee":"-1","items":[
              {"meter":"nothing","included":"x","limit":5,"price":{"model":"free"}},
              {"meter":"files","included":-1,"limit":-2,"limitKind":"firm","price":{"model":"flat","amount":1,"unitPrice":2},"discountPercent":101,"minimum":-1},
              {"meter":"files","price":{"model":"package","size":0}},
              {"meter":"emails","price":{"model":"graduated","tiers":[{"upTo":5,"unitPrice":1},{"upTo":5,"unitPrice":"0.0000000000001"},{"unitPrice":1},{"upTo":9,"flat":-1}]}},
              {"meter":"rsvps","price":{"model":"volume","tiers":[]},"minimun":1},
              {"price":{"unitPrice":1}},
              7]}
            """, out var faults);

        Assert.Null(plan);
        Assert.Equal(
            [
                "key invalid_key", "name invalid_name", "currency unknown_currency", "fee negative",
                "items[0].meter unknown_meter", "items[0].included not_a_number", "items[0].limitKind required", "items[0].price.model unknown_model",
                "items[1].included negative", "items[1].limit negative", "items[1].limitKind unknown_limit_kind",
                "items[1].price.unitPrice unknown_member", "items[1].discountPercent out_of_range", "items[1].minimum negative",
                "items[2].meter duplicate_meter", "items[2].price.size not_positive", "items[2].price.amount required",
                "items[3].price.tiers[1].upTo tiers_not_ascending", "items[3].price.tiers[1].unitPrice too_many_decimals",
                "items[3].price.tiers[2].upTo required", "items[3].price.tiers[3].upTo last_tier_bounded",
                "items[3].price.tiers[3].unitPrice required", "items[3].price.tiers[3].flat negative",
                "items[4].minimun unknown_member", "items[4].price.tiers empty",
                "items[5].meter required", "items[5].price.model required",
                "items[6] not_an_object",
            ],
            faults.Select(fault => $"{fault.Path} {fault.Code}"));
        Assert.All(faults, fault => Assert.NotEmpty(fault.Detail));
    }

    [Theory]
    [InlineData("{}", "key required,name required,currency required,fee required,items required")]
    [InlineData("[]", " not_an_object")]
    [InlineData("""{"key":1,"name":[],"currency":{},"fee":true,"items":"none"}""", "key not_a_string,name not_a_string,currency not_a_string,fee not_a_number,items not_an_array")]
    [InlineData("""{"key":"a","name":"N","currency":"USD","fee":1,"fee":2,"items":[]}""", "fee duplicate_member")]
    [InlineData("""{"key":"a","name":"N","currency":"USD","fee":"1000000000000.01","items":[]}""", "fee out_of_range")]
    [InlineData("""{"key":"a\ud800","name":"\ud800","currency":"USD","fee":"\ud800","items":[{"meter":"files","\ud800":1}]}""", "key not_a_string,name not_a_string,fee not_a_number,items[0].? unknown_member")]
    public void What_is_missing_or_of_another_kind_is_a_fault_and_no_exception(string body, string expected)
    {
        Assert.Null(Read(body, out var faults));
        Assert.Equal(expected.Split(','), faults.Select(fault => $"{fault.Path} {fault.Code}"));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("0-plus_2", true)]
    [InlineData("-a", false)]
    [InlineData("_a", false)]
    [InlineData("", false)]
    [InlineData("a\\n", false)]
    [InlineData("ä", false)]
    public void A_key_is_lower_case_letters_digits_hyphen_and_underscore(string key, bool good) =>
        Assert.Equal(good, Read($$"""{"key":"{{key}}","name":"N","currency":"USD","fee":0,"items":[]}""", out _) is not null);

    [Fact]
    public void A_key_in_the_address_stands_for_the_bodys_and_may_not_differ_from_it()
    {
        var body = JsonDocument.Parse("""{"name":"N","currency":"USD","fee":0,"items":[]}""").RootElement;
        var other = JsonDocument.Parse("""{"key":"b","name":"N","currency":"USD","fee":0,"items":[]}""").RootElement;
        List<InputFault> faults = [];

        Assert.Equal("a", PlanReader.Read(body, _ => true, faults, "a")!.Key);
        Assert.Null(PlanReader.Read(other, _ => true, faults, "a"));
        Assert.Equal("other_key", Assert.Single(faults).Code);
    }

    private static Plan? Read(string body, out List<InputFault> faults)
    {
        faults = [];
        return PlanReader.Read(JsonDocument.Parse(body).RootElement, meter => meter != "nothing", faults);
    }
}

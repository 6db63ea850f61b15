using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Tests.Quotas;

public sealed class OverrideEffectTests
{
    private const long GB = 1_000_000_000;

    [Theory]
    [InlineData(5 * GB, 0, LimitKind.Hard, 1, "Now 7.8 GB used: 1 account would be over by 2.8 GB. New use is refused at once; reading, exporting and deleting go on.")]
    [InlineData(5 * GB, 0, LimitKind.Soft, 1, "Now 7.8 GB used: 1 account would be over by 2.8 GB. It is shown and warned of; nothing stops.")]
    [InlineData(8 * GB, GB, LimitKind.Hard, 1, "Now 7.8 GB used and 1 GB reserved: 1 account would be over by 800 MB. New use is refused at once; reading, exporting and deleting go on.")]
    [InlineData(10 * GB, 0, LimitKind.Hard, 0, "Now 7.8 GB used: no account would be over; 2.2 GB remain.")]
    [InlineData(7_800_000_000, 0, LimitKind.Hard, 0, "Now 7.8 GB used: no account would be over, and nothing remains. New use is refused at once; reading, exporting and deleting go on.")]
    public void The_effect_is_said_in_a_sentence(long limit, long reserved, LimitKind kind, int over, string sentence)
    {
        var effect = new OverrideEffect(7_800_000_000m, reserved, limit, kind, QuantityText.Bytes);

        Assert.Equal((over, sentence), (effect.AccountsOver, effect.Sentence()));
    }

    [Fact]
    public void What_is_not_known_is_said_to_be_unknown_and_never_0()
    {
        var effect = new OverrideEffect(null, 0, 10, LimitKind.Hard, "");

        Assert.Equal(((int?)null, "Use is not known: nobody can say whether the account would be over."), (effect.AccountsOver, effect.Sentence()));
    }

    [Fact]
    public void Without_a_limit_nobody_is_over() =>
        Assert.Equal("Now 12 used: no account would be over, nothing would limit it.", new OverrideEffect(12, 0, null, LimitKind.Soft, "").Sentence());
}

using System.Net;
using System.Text.Json.Nodes;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Exactness;

/// <summary>How events come in life: in no order, in batches, some twice, and some taken back.</summary>
public static class Arrival
{
    /// <summary>Sends all events and voids some of them; answers the ids of those.</summary>
    public static async Task<IReadOnlySet<string>> SendAsync(TestCommunity community, Random random, IEnumerable<JsonObject> events, int voidOneIn, int batch)
    {
        var order = events.ToArray();
        random.Shuffle(order);
        var voided = order.Where(_ => random.Next(voidOneIn) == 0).Select(Id).ToHashSet(StringComparer.Ordinal);
        for (var next = 0; next < order.Length;)
        {
            var fresh = order.Skip(next).Take(random.Next(1, batch + 1)).ToArray();
            var again = order.Take(next).Where(_ => random.Next(20) == 0).ToArray();
            var answer = await community.SendAsync([.. fresh, .. again]);
            Assert.Equal((HttpStatusCode.OK, fresh.Length, again.Length), (answer.Status, answer.Accepted, answer.Duplicates));
            next += fresh.Length;
            // Days and months come to stand behind the hours while events still come for them.
            if (random.Next(3) == 0) await community.TierAsync();
            foreach (var gone in fresh.Where(e => voided.Contains(Id(e)))) Assert.Equal(HttpStatusCode.OK, (await community.VoidAsync((string)gone["source"]!, Id(gone))).Status);
        }
        return voided;
    }

    private static string Id(JsonObject e) => (string)e["id"]!;
}

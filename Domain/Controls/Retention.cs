using System.Text.Json.Serialization;
using NodaTime;
using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Domain.Controls;

/// <summary>What the months of a file count from.</summary>
public enum RetentionStart
{
    /// <summary>The day on which it came to the group: its newest upload, or its attaching.</summary>
    Upload,

    /// <summary>The end of the event that it belongs to, where that is known and later than the upload.</summary>
    Event,
}

/// <summary>How long files of a kind are kept.</summary>
/// <param name="Months">Whole calendar months of the group's zone.</param>
/// <param name="After">What they count from.</param>
public sealed record KindRetention(int Months, RetentionStart After = RetentionStart.Upload);

/// <summary>How long a group keeps its files. OpenMeet deletes them; what is due is only listed here.</summary>
/// <param name="On">Whether files are listed for deletion.</param>
/// <param name="LegalHold">Nothing of the group leaves, whatever else is said.</param>
/// <param name="Kinds">By kind, as uploads name it; <see cref="Other"/> for every kind that is not named. Kinds without a line are kept.</param>
public sealed record Retention(bool On, bool LegalHold, IReadOnlyDictionary<string, KindRetention> Kinds)
{
    /// <summary>Every kind that has no line of its own, and files of no kind.</summary>
    public const string Other = "other";

    /// <summary>Days that OpenMeet keeps a deleted file in its bin.</summary>
    public const int BinDays = 14;

    /// <summary>The most months that can be given: ten years.</summary>
    public const int MostMonths = 120;

    /// <summary>Nothing was decided: all is kept.</summary>
    public static Retention None { get; } = new(false, false, new Dictionary<string, KindRetention>());

    /// <summary>Whether files that are due are handed to OpenMeet.</summary>
    [JsonIgnore]
    public bool Deletes => On && !LegalHold;

    /// <summary>The line that holds for a kind; none where it is kept.</summary>
    public KindRetention? Of(string? kind) => (kind is null ? null : Kinds.GetValueOrDefault(kind)) ?? Kinds.GetValueOrDefault(Other);

    /// <summary>The day on which a file is due that came on a day.</summary>
    public static LocalDate DueOn(LocalDate came, int months) => came.PlusMonths(months);

    /// <summary>The newest day whose files are due: of all days with <see cref="DueOn"/> not after today the last.</summary>
    public static LocalDate NewestDue(LocalDate today, int months)
    {
        // A month may be shorter than the one before: the 28th of February is due for the 28th to the 31st of January.
        var day = today.PlusMonths(-months);
        while (DueOn(day.PlusDays(1), months) <= today) day = day.PlusDays(1);
        return day;
    }
}

/// <summary>Files of one kind that are due.</summary>
/// <param name="Kind">Their kind; none where no upload named one.</param>
/// <param name="Files">How many.</param>
/// <param name="Bytes">What they hold.</param>
public sealed record DueKind(string? Kind, long Files, decimal Bytes);

/// <summary>What a group's retention would free now.</summary>
/// <param name="Kinds">By kind, the largest first.</param>
/// <param name="Oldest">The day on which the oldest of them came; none where nothing is due.</param>
public sealed record RetentionEffect(IReadOnlyList<DueKind> Kinds, LocalDate? Oldest)
{
    /// <summary>Nothing is due.</summary>
    public static RetentionEffect Nothing { get; } = new([], null);

    /// <summary>How many files.</summary>
    public long Files => Kinds.Sum(k => k.Files);

    /// <summary>What they hold.</summary>
    public decimal Bytes => Kinds.Sum(k => k.Bytes);

    /// <summary>In a sentence: <c>frees 3.1 GB, 412 files, the oldest of 2025-01-04; 14 days in the bin; the owner is told</c>.</summary>
    public string Sentence => Oldest is not { } oldest ? "frees nothing now: no file is due"
        : FormattableString.Invariant($"frees {QuantityText.Of(Bytes, QuantityText.Bytes)}, {Files:#,0} {(Files == 1 ? "file" : "files")}, the oldest of {oldest:uuuu-MM-dd}; {Retention.BinDays} days in the bin; the owner is told");
}

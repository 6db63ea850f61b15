using System.Globalization;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>A reader's language until it is disposed.</summary>
public sealed class Speaking : IDisposable
{
    private readonly CultureInfo before = CultureInfo.CurrentUICulture;

    public Speaking(string code) => CultureInfo.CurrentUICulture = Language.Of(code).Culture;

    public void Dispose() => CultureInfo.CurrentUICulture = before;
}

using System.Globalization;
using System.Text;
using QRCoder;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>A QR code as the path of an SVG, one unit a module.</summary>
/// <param name="Size">Its width and height, with the quiet zone around it.</param>
/// <param name="Path">The dark modules.</param>
public sealed record QrCode(int Size, string Path)
{
    public static QrCode Of(string text)
    {
        using var generator = new QRCodeGenerator();
        using var data = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.M);
        var rows = data.ModuleMatrix;
        var path = new StringBuilder();
        for (var y = 0; y < rows.Count; y++)
            for (var x = 0; x < rows[y].Count; x++)
                if (rows[y][x]) path.Append(CultureInfo.InvariantCulture, $"M{x} {y}h1v1h-1z");
        return new QrCode(rows.Count, path.ToString());
    }
}

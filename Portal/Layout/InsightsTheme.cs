using MudBlazor;

namespace OpenMeet.Insights.Portal.Layout;

/// <summary>The MudBlazor side of <c>wwwroot/css/tokens.css</c>; a test holds the two equal.</summary>
public static class InsightsTheme
{
    private static readonly string[] Font = ["Inter Variable", "Inter", "Arial as wide as Inter", "DejaVu as wide as Inter", "system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"];

    public static MudTheme Theme { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Background = "#F6F7F9",
            BackgroundGray = "#F8FAFC",
            Surface = "#FFFFFF",
            DrawerBackground = "#FFFFFF",
            AppbarBackground = "#FFFFFF",
            TableHover = "#F1F5F9",
            Skeleton = "#E2E8F0",
            LinesDefault = "#E2E8F0",
            TableLines = "#E2E8F0",
            Divider = "#E2E8F0",
            LinesInputs = "#7C8BA1",
            TextPrimary = "#0F172A",
            AppbarText = "#0F172A",
            TextSecondary = "#475569",
            DrawerText = "#475569",
            DrawerIcon = "#475569",
            ActionDefault = "#475569",
            TextDisabled = "#5B697E",
            Primary = "#1D4ED8",
            PrimaryContrastText = "#FFFFFF",
            Info = "#1D4ED8",
            Secondary = "#475569",
            Dark = "#475569",
            Warning = "#B45309",
            Error = "#B91C1C",
            Success = "#15803D",
            HoverOpacity = 0.04,
        },
        PaletteDark = new PaletteDark
        {
            Background = "#0B1120",
            BackgroundGray = "#151E2F",
            Surface = "#111827",
            DrawerBackground = "#111827",
            AppbarBackground = "#111827",
            TableHover = "#1A2437",
            Skeleton = "#1F2937",
            LinesDefault = "#243044",
            TableLines = "#243044",
            Divider = "#243044",
            LinesInputs = "#64748B",
            TextPrimary = "#E8ECF3",
            AppbarText = "#E8ECF3",
            TextSecondary = "#A9B6C8",
            DrawerText = "#A9B6C8",
            DrawerIcon = "#A9B6C8",
            ActionDefault = "#A9B6C8",
            TextDisabled = "#94A3B8",
            Primary = "#60A5FA",
            PrimaryContrastText = "#0B1120",
            Info = "#60A5FA",
            InfoContrastText = "#0B1120",
            Secondary = "#94A3B8",
            SecondaryContrastText = "#0B1120",
            Dark = "#94A3B8",
            DarkContrastText = "#0B1120",
            Warning = "#F59E0B",
            WarningContrastText = "#0B1120",
            Error = "#F87171",
            ErrorContrastText = "#0B1120",
            Success = "#4ADE80",
            SuccessContrastText = "#0B1120",
            HoverOpacity = 0.06,
        },
        Typography = new Typography
        {
            Default = new DefaultTypography { FontFamily = Font, FontSize = "0.875rem", FontWeight = "400", LineHeight = "1.5", LetterSpacing = "normal" },
            H1 = new H1Typography { FontSize = "1rem", FontWeight = "600", LineHeight = "1.5", LetterSpacing = "-.01em" },
            H2 = new H2Typography { FontSize = "1.25rem", FontWeight = "600", LineHeight = "1.3", LetterSpacing = "-.015em" },
            H3 = new H3Typography { FontSize = "1rem", FontWeight = "600", LineHeight = "1.4", LetterSpacing = "-.01em" },
            H4 = new H4Typography { FontSize = "0.875rem", FontWeight = "600", LineHeight = "1.4", LetterSpacing = "normal" },
            H5 = new H5Typography { FontSize = "1.75rem", FontWeight = "600", LineHeight = "1.22", LetterSpacing = "-.022em" },
            H6 = new H6Typography { FontSize = "1rem", FontWeight = "600", LineHeight = "1.4", LetterSpacing = "-.01em" },
            Body1 = new Body1Typography { FontSize = "0.875rem", FontWeight = "400", LineHeight = "1.5", LetterSpacing = "normal" },
            Body2 = new Body2Typography { FontSize = "0.8125rem", FontWeight = "400", LineHeight = "1.5", LetterSpacing = "normal" },
            Caption = new CaptionTypography { FontSize = "0.75rem", FontWeight = "400", LineHeight = "1.45", LetterSpacing = "normal" },
            Button = new ButtonTypography { FontSize = "0.8125rem", FontWeight = "500", LineHeight = "1.3", LetterSpacing = "normal", TextTransform = "none" },
        },
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "8px", DrawerWidthLeft = "236px", AppbarHeight = "56px" },
        Shadows = Flat(),
    };

    /// <summary>Cards are outlined; only menus, dialogs and the drawer float.</summary>
    private static Shadow Flat()
    {
        var shadow = new Shadow();
        shadow.Elevation[0] = "none";
        shadow.Elevation[1] = "var(--e1)";
        for (var i = 2; i < shadow.Elevation.Length; i++)
        {
            shadow.Elevation[i] = "var(--e2)";
        }
        return shadow;
    }
}

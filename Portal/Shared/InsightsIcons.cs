namespace OpenMeet.Insights.Portal.Shared;

/// <summary>The portal's line icons, 24 x 24, for <see cref="Icon"/> and for every icon parameter of MudBlazor.</summary>
public static class InsightsIcons
{
    public const string Gauge = Open + """<path d="M4 18a9 9 0 1 1 16 0"/><path d="m12 14 4-5"/><circle cx="12" cy="14" r="1.2"/>""" + Close;
    public const string Question = Open + """<circle cx="12" cy="12" r="9"/><path d="M9.5 9.5c.2-1.5 1.2-2.3 2.6-2.3 1.5 0 2.6 1 2.6 2.3 0 2-2.7 2-2.7 4"/><path d="M12 17h.01"/>""" + Close;
    public const string Members = Open + """<circle cx="9" cy="8" r="3.2"/><path d="M3 19.5c.6-3.4 3-5 6-5s5.4 1.6 6 5"/><path d="M15.5 5.2a3.2 3.2 0 0 1 0 5.7M17.5 14.8c2 .6 3.2 2.2 3.6 4.7"/>""" + Close;
    public const string Person = Open + """<circle cx="12" cy="8" r="3.6"/><path d="M5 20c.7-3.9 3.4-5.6 7-5.6s6.3 1.7 7 5.6"/>""" + Close;
    public const string Receipt = Open + """<path d="M6 3.5h12v17l-3-2-3 2-3-2-3 2z"/><path d="M9 8.5h6M9 12.5h6"/>""" + Close;
    public const string Costs = Open + """<ellipse cx="12" cy="6.5" rx="7" ry="3"/><path d="M5 6.5V12c0 1.7 3.1 3 7 3s7-1.3 7-3V6.5M5 12v5.5c0 1.7 3.1 3 7 3s7-1.3 7-3V12"/>""" + Close;
    public const string Plan = Open + """<path d="m12 4 9 4.5-9 4.5-9-4.5z"/><path d="m3 13 9 4.5 9-4.5"/>""" + Close;
    public const string Storage = Open + """<rect x="4" y="4" width="16" height="7" rx="2"/><rect x="4" y="13" width="16" height="7" rx="2"/><path d="M8 7.5h.01M8 16.5h.01"/>""" + Close;
    public const string Bell = Open + """<path d="M6 16v-5a6 6 0 1 1 12 0v5l1.5 2h-15z"/><path d="M10 20.5h4"/>""" + Close;
    public const string Controls = Open + """<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/>""" + Close;
    public const string List = Open + """<path d="M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01"/>""" + Close;
    public const string Key = Open + """<circle cx="8" cy="15" r="4"/><path d="m11 12 8.5-8.5M16 7l3 3M13.5 9.5l2 2"/>""" + Close;
    public const string Shield = Open + """<path d="M12 3.5 5 6v5.5c0 4.2 2.8 7.3 7 9 4.2-1.7 7-4.8 7-9V6z"/>""" + Close;
    public const string Menu = Open + """<path d="M4 7h16M4 12h16M4 17h16"/>""" + Close;
    public const string Cross = Open + """<path d="m6 6 12 12M18 6 6 18"/>""" + Close;
    public const string Down = Open + """<path d="m7 10 5 5 5-5"/>""" + Close;
    public const string Left = Open + """<path d="m14 7-5 5 5 5"/>""" + Close;
    public const string Right = Open + """<path d="m10 7 5 5-5 5"/>""" + Close;
    public const string Chart = Open + """<path d="M4 19h16M6.5 15.5l4-5 3.5 3 4.5-7"/>""" + Close;
    public const string Table = Open + """<rect x="4" y="5" width="16" height="14" rx="2"/><path d="M4 10h16M4 14.5h16M10 10v9"/>""" + Close;
    public const string More = Open + """<path d="M6 12h.01M12 12h.01M18 12h.01" stroke-width="3"/>""" + Close;
    public const string Moon = Open + """<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z"/>""" + Close;
    public const string Sun = Open + """<circle cx="12" cy="12" r="4"/><path d="M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1"/>""" + Close;
    public const string Display = Open + """<rect x="3.5" y="5" width="17" height="11" rx="2"/><path d="M9 20h6M12 16v4"/>""" + Close;
    public const string Warning = Open + """<path d="M12 4 2.8 19.5h18.4z"/><path d="M12 10v4.5M12 17h.01"/>""" + Close;
    public const string Plus = Open + """<path d="M12 5v14M5 12h14"/>""" + Close;
    public const string Tick = Open + """<path d="m5 12.5 4.5 4.5L19 7"/>""" + Close;
    public const string Infinity = Open + """<path d="M7.5 15.5a3.5 3.5 0 1 1 0-7c3.5 0 5.5 7 9 7a3.5 3.5 0 1 0 0-7c-3.5 0-5.5 7-9 7z"/>""" + Close;
    public const string Lock = Open + """<rect x="5.5" y="11" width="13" height="9" rx="2"/><path d="M8.5 11V8a3.5 3.5 0 0 1 7 0v3"/>""" + Close;
    public const string Clock = Open + """<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.5 2"/>""" + Close;
    public const string NoEntry = Open + """<circle cx="12" cy="12" r="9"/><path d="M6 12h12"/>""" + Close;
    public const string Info = Open + """<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.5h.01"/>""" + Close;
    public const string Link = Open + """<path d="M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7L12 17"/>""" + Close;
    public const string Print = Open + """<path d="M7 9V4h10v5M7 17H4v-7h16v7h-3"/><rect x="7" y="14" width="10" height="6"/>""" + Close;
    public const string Download = Open + """<path d="M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 19.5h14"/>""" + Close;
    public const string Star = Open + """<path d="m12 4 2.4 5 5.6.7-4.1 3.8 1.1 5.5-5-2.8-5 2.8 1.1-5.5L4 9.7 9.6 9z"/>""" + Close;
    public const string Keyboard = Open + """<rect x="3" y="6.5" width="18" height="11" rx="2"/><path d="M6.5 10h.01M10 10h.01M13.5 10h.01M17 10h.01M8 14h8"/>""" + Close;
    public const string SignOut = Open + """<path d="M10 4.5H6a1.5 1.5 0 0 0-1.5 1.5v12A1.5 1.5 0 0 0 6 19.5h4M15 8l4 4-4 4M19 12H9.5"/>""" + Close;

    private const string Open = """<g fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">""";
    private const string Close = "</g>";
}

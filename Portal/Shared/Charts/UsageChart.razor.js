// Draws one chart. Colours come from the page's CSS variables and are set again when the theme changes.
let library;

/** Loads the chart library once. */
function load(url) {
    library ??= new Promise((resolve, reject) => {
        if (window.ApexCharts) {
            resolve();
            return;
        }
        const script = document.createElement("script");
        script.src = url;
        script.onload = () => resolve();
        script.onerror = () => {
            library = undefined;
            reject(new Error("The chart library could not be loaded."));
        };
        document.head.append(script);
    });
    return library;
}

export async function create(element, payload, libraryUrl) {
    await load(libraryUrl);
    return new Chart(element, payload);
}

class Chart {
    constructor(element, payload) {
        this.element = element;
        this.payload = payload;
        this.overlay = document.createElementNS("http://www.w3.org/2000/svg", "svg");
        this.overlay.classList.add("plot-overlay");
        this.chart = new ApexCharts(element, this.options());
        this.showHeldBack = holdBack(this.chart);
        this.chart.render().then(() => this.drawn());
        this.onTheme = () => this.redraw();
        this.media = [matchMedia("(prefers-color-scheme: dark)"), matchMedia("print")];
        this.media.forEach(m => m.addEventListener("change", this.onTheme));
        this.observer = new MutationObserver(this.onTheme);
        this.observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    }

    update(payload) {
        this.payload = payload;
        this.redraw();
    }

    destroy() {
        this.observer.disconnect();
        this.media.forEach(m => m.removeEventListener("change", this.onTheme));
        this.overlay.remove();
        this.chart.destroy();
    }

    redraw() {
        this.chart.updateOptions(this.options(), false, false);
    }

    options() {
        const colour = palette(this.element);
        const { series, unit, limit, limitLabel, notes, forecast } = this.payload;
        const narrow = this.element.clientWidth < 560;
        const drawn = [];
        const style = { colors: [], width: [], dash: [], fill: [], stroke: [] };
        const add = (item, look) => {
            drawn.push(item);
            style.colors.push(look.colour);
            style.width.push(look.width);
            style.dash.push(look.dash ?? 0);
            style.fill.push(look.opacity ?? 1);
        };
        const counts = { line: 0, bar: 0 };
        const lines = [colour.accent, colour.neutral, colour.ink3, colour.ghost];
        const bars = [colour.accent, colour.neutral, colour.accentMid, colour.ghost];
        const hasBars = series.some(s => s.kind === "bar");
        if (forecast && forecast.points.length > 0) {
            add({
                name: forecast.name, type: "rangeArea",
                data: forecast.points.map(p => ({ x: p.x, y: [p.low, p.high] })),
            }, { colour: colour.accent, width: 0, opacity: 0.15 });
        }
        for (const s of series) {
            const data = s.points.map(p => ({ x: p.x, y: p.y }));
            if (s.kind === "bar") {
                add({ name: s.name, type: "bar", data }, { colour: bars[counts.bar++ % 4], width: 0 });
            } else if (s.kind === "ghost") {
                add({ name: s.name, type: "line", data }, { colour: colour.ghost, width: 1.5, dash: 5 });
            } else if (s.kind === "forecast") {
                add({ name: s.name, type: "line", data }, { colour: colour.accent, width: 2, dash: 4 });
            } else {
                add({ name: s.name, type: "line", data }, { colour: lines[counts.line++ % 4], width: 2 });
            }
        }
        const range = extent(this.payload);
        const scale = axis(range.low, range.high, narrow ? 5 : 6, range.whole);
        const spans = spread(this.payload);
        return {
            chart: {
                type: hasBars ? "bar" : forecast ? "rangeArea" : "line",
                height: "100%",
                width: "100%",
                fontFamily: "inherit",
                locales: [dates()],
                defaultLocale: "page",
                foreColor: colour.ink2,
                background: "transparent",
                toolbar: { show: false },
                zoom: { enabled: false },
                selection: { enabled: false },
                animations: { enabled: false },
                stacked: hasBars && counts.bar > 1,
                stackOnlyBar: true,
                parentHeightOffset: 0,
                redrawOnParentResize: true,
                events: {
                    updated: () => this.drawn(),
                    markerClick: (_, __, at) => this.follow(at),
                    dataPointSelection: (_, __, at) => this.follow(at),
                    click: (_, __, at) => this.follow(at),
                },
            },
            series: drawn,
            colors: style.colors,
            stroke: { width: style.width, dashArray: style.dash, curve: "straight", lineCap: "butt" },
            fill: { type: "solid", opacity: style.fill },
            legend: { show: false },
            dataLabels: { enabled: false },
            markers: { size: 0, strokeColors: colour.surface, strokeWidth: 2, hover: { size: 4 } },
            states: { hover: { filter: { type: "none" } }, active: { filter: { type: "none" } } },
            plotOptions: { bar: { columnWidth: columnWidth(series), borderRadius: 2, borderRadiusApplication: "end" } },
            grid: {
                borderColor: colour.line,
                strokeDashArray: 0,
                xaxis: { lines: { show: false } },
                yaxis: { lines: { show: true } },
                padding: { top: 8, right: limit !== null && !narrow ? 92 : 16, left: 8, bottom: 0 },
            },
            xaxis: {
                type: "datetime",
                min: hasBars ? undefined : spans.from,
                max: hasBars ? undefined : spans.to,
                tickAmount: narrow ? 3 : 7,
                axisBorder: { color: colour.lineStrong },
                axisTicks: { color: colour.lineStrong },
                crosshairs: { stroke: { color: colour.ink3, width: 1, dashArray: 0 } },
                tooltip: { enabled: false },
                labels: {
                    hideOverlappingLabels: true,
                    style: { fontSize: "12px", colors: colour.ink2 },
                    datetimeUTC: true,
                    datetimeFormatter: { year: "yyyy", month: "MMM yyyy", day: document.documentElement.lang === "de" ? "d. MMM" : "d MMM", hour: "HH:mm" },
                },
            },
            yaxis: {
                min: scale.low,
                max: scale.high,
                tickAmount: scale.ticks,
                forceNiceScale: false,
                labels: { minWidth: 24, style: { fontSize: "12px", colors: colour.ink2 }, formatter: v => figure(v, scale.digits) },
            },
            annotations: {
                yaxis: limit === null || limit > scale.high ? [] : [{
                    y: limit,
                    borderColor: colour.ink,
                    borderWidth: 1.5,
                    strokeDashArray: 0,
                    label: {
                        text: limitLabel ?? `Limit ${figure(limit)}${unit ? ` ${unit}` : ""}`,
                        position: narrow ? "left" : "right",
                        textAnchor: "start",
                        offsetX: narrow ? 4 : 10,
                        offsetY: narrow ? -4 : 4,
                        borderWidth: 0,
                        style: { background: "transparent", color: colour.ink, fontSize: "12px", fontWeight: 600, padding: { left: 0, right: 0, top: 0, bottom: 0 } },
                    },
                }],
                xaxis: notes.map((note, i) => ({
                    // Where there is no room, an event keeps its line; its name stands in the summary or the table.
                    x: note.x,
                    borderColor: note.kind === "today" ? colour.ink3 : colour.lineStrong,
                    borderWidth: 1,
                    strokeDashArray: note.kind === "today" ? 0 : 2,
                    label: {
                        text: narrow && note.kind !== "today" ? "" : note.label,
                        orientation: "horizontal",
                        textAnchor: "start",
                        offsetX: 4,
                        offsetY: note.kind === "today" ? 0 : 16 + 16 * (i % 2),
                        borderWidth: 0,
                        style: {
                            background: colour.surface, color: note.kind === "today" ? colour.ink : colour.ink2, fontSize: "12px",
                            fontWeight: note.kind === "today" ? 600 : 400, padding: { left: 3, right: 3, top: 1, bottom: 1 },
                        },
                    },
                })),
                points: forecast?.crossing && limit !== null ? [{
                    x: forecast.crossing.x,
                    y: limit,
                    marker: { size: 4.5, fillColor: colour.surface, strokeColor: colour.ink, strokeWidth: 2 },
                    label: {
                        text: forecast.crossing.label,
                        offsetY: -4,
                        borderWidth: 0,
                        style: { background: colour.surface, color: colour.ink, fontSize: "12px", fontWeight: 600, padding: { left: 3, right: 3, top: 1, bottom: 1 } },
                    },
                }] : [],
            },
            tooltip: {
                shared: true,
                intersect: false,
                theme: colour.dark ? "dark" : "light",
                custom: ({ dataPointIndex, w, series: _, seriesIndex }) => this.tip(w, seriesIndex, dataPointIndex),
            },
        };
    }

    drawn() {
        this.showHeldBack();
        this.drawBracket();
    }

    /** One tooltip for all series at a moment, as text nodes only. */
    tip(w, seriesIndex, index) {
        const x = w.globals.seriesX[seriesIndex]?.[index] ?? w.globals.seriesX.find(xs => xs.length > index)?.[index];
        const box = document.createElement("div");
        box.className = "tip";
        const { series, unit, forecast } = this.payload;
        let title = "";
        const rows = [];
        for (const s of series) {
            const point = s.points.find(p => p.x === x);
            if (point) {
                title ||= point.label;
                rows.push([s.name, point.y === null ? "—" : `${figure(point.y)}${unit ? ` ${unit}` : ""}`]);
            }
        }
        const band = forecast?.points.find(p => p.x === x);
        if (band) {
            rows.push([forecast.name, `${figure(band.low)} – ${figure(band.high)}${unit ? ` ${unit}` : ""}`]);
        }
        title ||= new Date(x).toLocaleDateString(locale("en-GB"), { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
        const head = document.createElement("b");
        head.textContent = title;
        box.append(head);
        for (const [name, value] of rows) {
            const row = document.createElement("span");
            const left = document.createElement("span");
            const right = document.createElement("b");
            left.textContent = name;
            right.textContent = value;
            row.append(left, right);
            box.append(row);
        }
        return box.outerHTML;
    }

    follow(at) {
        const index = at?.dataPointIndex ?? -1;
        if (index < 0) {
            return;
        }
        const offset = this.payload.forecast?.points.length > 0 ? 1 : 0;
        const chosen = this.payload.series[(at.seriesIndex ?? offset) - offset];
        const x = chosen?.points[index]?.x;
        const href = chosen?.points[index]?.href
            ?? this.payload.series.map(s => s.points.find(p => p.x === x) ?? s.points[index]).find(p => p?.href)?.href;
        if (href && !this.leaving) {
            this.leaving = true;
            queueMicrotask(() => { this.leaving = false; });
            Blazor.navigateTo(href);
        }
    }

    /** The 80 % range as a bracket on the time axis. */
    drawBracket() {
        const crossing = this.payload.forecast?.crossing;
        const g = this.chart?.w?.globals;
        this.overlay.replaceChildren();
        if (!crossing || !g || g.maxX <= g.minX) {
            return;
        }
        const colour = palette(this.element);
        const place = x => g.translateX + (Math.min(Math.max(x, g.minX), g.maxX) - g.minX) / (g.maxX - g.minX) * g.gridWidth;
        const left = place(crossing.from);
        const right = place(crossing.to);
        const y = g.translateY + g.gridHeight - 8;
        const path = node("path", { d: `M${left} ${y - 5}v10M${left} ${y}H${right}M${right} ${y - 5}v10`, fill: "none", stroke: colour.ink, "stroke-width": 1.5 });
        const label = node("text", {
            x: (left + right) / 2, y: y - 9, "text-anchor": "middle", "font-size": 12, fill: colour.ink2,
            stroke: colour.surface, "stroke-width": 4, "paint-order": "stroke", "stroke-linejoin": "round",
        });
        label.textContent = crossing.rangeLabel;
        this.overlay.append(path, label);
        this.element.append(this.overlay);
    }
}

/**
 * The library holds markers and notes back until a chart is drawn, and without animations shows all of them anew with each bar: the days of
 * a year took it many seconds. Here they are shown once, by the function that is returned.
 */
function holdBack(chart) {
    const held = [];
    const none = Object.assign([], { push: item => held.push(item.el) });
    Object.defineProperty(chart.w.globals, "delayedElements", { get: () => none, set: () => { held.length = 0; } });
    return () => {
        for (const element of held.splice(0)) {
            element.classList.remove("apexcharts-element-hidden");
            element.classList.add("apexcharts-hidden-element-shown");
        }
    };
}

function node(name, attributes) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) {
        element.setAttribute(key, value);
    }
    return element;
}

/** Resolves the page's colour variables, whichever theme is on. */
function palette(element) {
    const probe = document.createElement("span");
    probe.hidden = true;
    element.parentElement.append(probe);
    const read = expression => {
        probe.style.color = expression;
        return toHex(getComputedStyle(probe).color);
    };
    const colour = {
        accent: read("var(--accent)"), accentMid: read("color-mix(in srgb, var(--accent) 55%, var(--surface))"), neutral: read("var(--neutral)"),
        ghost: read("var(--ghost)"), ink: read("var(--ink)"), ink2: read("var(--ink-2)"), ink3: read("var(--ink-3)"),
        line: read("var(--line)"), lineStrong: read("var(--line-strong)"), surface: read("var(--surface)"),
    };
    const scheme = getComputedStyle(document.documentElement).colorScheme;
    colour.dark = scheme === "dark" || (scheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
    probe.remove();
    return colour;
}

/** The library reads hex only; a mixed colour arrives as color(srgb r g b). */
function toHex(text) {
    const parts = text.match(/[\d.]+/g).map(Number);
    const scale = text.startsWith("color(") ? 255 : 1;
    return "#" + parts.slice(0, 3).map(v => Math.round(v * scale).toString(16).padStart(2, "0")).join("");
}

function extent({ series, limit, forecast }) {
    const bars = new Map();
    let low = 0;
    let whole = true;
    let high = 0;
    for (const s of series) {
        for (const p of s.points) {
            const value = p.y ?? 0;
            const sum = s.kind === "bar" ? (bars.get(p.x) ?? 0) + value : value;
            if (s.kind === "bar") {
                bars.set(p.x, sum);
            }
            whole &&= Number.isInteger(value);
            low = Math.min(low, value);
            high = Math.max(high, sum);
        }
    }
    for (const p of forecast?.points ?? []) {
        high = Math.max(high, p.high);
    }
    if (limit !== null && (high >= limit * 0.2 || high === 0)) {
        high = Math.max(high, limit);
    }
    return { low, high, whole };
}

function spread({ series, notes, forecast }) {
    const times = [...series.flatMap(s => s.points.map(p => p.x)), ...(forecast?.points ?? []).map(p => p.x), ...notes.map(n => n.x)];
    return { from: Math.min(...times), to: Math.max(...times) };
}

/** Round steps of 1, 2, 2.5 or 5, from zero, past the highest value. */
function axis(low, high, wanted, whole) {
    const reach = (high - low) * 1.04 || 1;
    const rough = reach / wanted;
    const power = 10 ** Math.floor(Math.log10(rough));
    const nice = [1, 2, 2.5, 5, 10].find(m => m * power >= rough) * power;
    const step = whole ? Math.max(1, Math.ceil(nice)) : nice;
    const bottom = Math.floor(low / step) * step;
    const top = Math.ceil((low + reach) / step) * step;
    return { low: bottom, high: top, ticks: Math.round((top - bottom) / step), digits: [0, 1, 2, 3].find(d => Math.abs(step * 10 ** d - Math.round(step * 10 ** d)) < 1e-9) ?? 4 };
}

/** The language of the page; English in the given way. */
function locale(english) {
    const page = document.documentElement.lang;
    return page === "en" ? english : page;
}

/** Names of months and weekdays for the time axis. */
function dates() {
    const names = (count, first, options) => Array.from({ length: count }, (_, i) =>
        new Date(first(i)).toLocaleDateString(locale("en-US"), { ...options, timeZone: "UTC" }));
    const month = i => Date.UTC(2023, i, 1);
    const day = i => Date.UTC(2023, 0, 1 + i);
    return {
        name: "page",
        options: {
            months: names(12, month, { month: "long" }),
            shortMonths: names(12, month, { month: "short" }),
            days: names(7, day, { weekday: "long" }),
            shortDays: names(7, day, { weekday: "short" }),
            toolbar: {},
        },
    };
}

function figure(value, digits) {
    const most = digits ?? (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
    return value.toLocaleString(locale("en-US"), { maximumFractionDigits: most, minimumFractionDigits: 0 }).replace("-", "−");
}

/** Bars of one width whatever their number: few stay slim. */
function columnWidth(series) {
    const most = Math.max(0, ...series.filter(s => s.kind === "bar").map(s => s.points.length));
    return most <= 4 ? "28%" : most <= 14 ? "56%" : "72%";
}

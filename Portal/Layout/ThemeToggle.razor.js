/** Keeps the choice for the next page, applies it to this one, and says whether it is dark now. */
export function choose(theme) {
    const secure = location.protocol === "https:" ? ";secure" : "";
    document.cookie = `theme=${theme};path=/;max-age=31536000;samesite=lax${secure}`;
    if (theme === "system") {
        delete document.documentElement.dataset.theme;
    } else {
        document.documentElement.dataset.theme = theme;
    }
    return theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
}
